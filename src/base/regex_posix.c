/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/regex_posix.h"
#include <ctype.h>

enum { DEPTH_MAX = 100, REPEAT_MAX = 1000, RUN_MAX = 4 };

/* The bytes something may start with; `all` once that is not known or it may be empty. */
struct first {
    uint64_t bytes[4];
    bool all;
};

/* One open group; the pattern itself is the outermost. */
struct level {
    struct first seen;    /* of the alternatives before this one */
    struct first current; /* of this alternative; counts once `begun` */
    bool begun, alternates;
    size_t at; /* in the output: where the group starts */
};

struct translation {
    struct str in;
    size_t i;
    struct buf *out;
    bool newline, ambiguous;
    struct level levels[DEPTH_MAX];
    unsigned depth;
    size_t atom;             /* in the output: where the last atom starts */
    bool have_atom;          /* something a repetition may follow */
    char repeated;           /* ... and that is repeated already, by this; or 0 */
    struct first atom_first; /* what the last atom may start with */
    bool atom_pending;       /* it is not yet counted in its alternative */
};

static void add_byte(struct first *f, unsigned char c)
{
    f->bytes[c / 64] |= (uint64_t)1 << (c % 64);
    c = (unsigned char)(isupper(c) ? tolower(c) : toupper(c)); /* as if letter case did not count */
    f->bytes[c / 64] |= (uint64_t)1 << (c % 64);
}

static bool overlap(const struct first *a, const struct first *b)
{
    uint64_t common = 0;

    if (a->all || b->all)
        return true;
    for (unsigned i = 0; i < 4; i++)
        common |= a->bytes[i] & b->bytes[i];
    return common != 0;
}

static void join(struct first *into, const struct first *f)
{
    for (unsigned i = 0; i < 4; i++)
        into->bytes[i] |= f->bytes[i];
    into->all = into->all || f->all;
}

/* The last atom is complete: the first one of an alternative decides how that starts. */
static void count_atom(struct translation *t)
{
    struct level *l = &t->levels[t->depth];

    if (t->atom_pending && !l->begun) {
        l->current = t->atom_first;
        l->begun = true;
    }
    t->atom_pending = false;
}

static void begin_atom(struct translation *t)
{
    count_atom(t);
    t->atom = t->out->n;
    t->have_atom = true;
    t->repeated = 0;
    t->atom_pending = true;
    t->atom_first = (struct first){ .all = false };
}

/* Puts `text` into the output before what stands at `at`. */
static void insert(struct buf *b, size_t at, const char *text)
{
    size_t n = strlen(text);
    char *room = buf_room(b, n);

    if (!room)
        return;
    memmove(b->p + at + n, b->p + at, b->n - at);
    memcpy(b->p + at, text, n);
    b->n += n;
}

static void add_literal(struct buf *b, unsigned char c)
{
    if (isalnum(c) || c == '_')
        buf_char(b, (char)c);
    else
        buf_fmt(b, "\\x%02x", c);
}

static void literal(struct translation *t, char c)
{
    begin_atom(t);
    add_literal(t->out, (unsigned char)c);
    add_byte(&t->atom_first, (unsigned char)c);
}

/* Something without width; a repetition of it is left to regcomp. */
static void anchor(struct translation *t, const char *text)
{
    count_atom(t);
    buf_addz(t->out, text);
    t->have_atom = false;
    t->repeated = 0;
}

static void any_of(struct translation *t, const char *text)
{
    begin_atom(t);
    buf_addz(t->out, text);
    t->atom_first.all = true;
}

/* What follows a backslash. */
static err_t escape(struct translation *t)
{
    char c;

    if (++t->i >= t->in.n)
        return ERR_SYNTAX;
    c = t->in.p[t->i++];
    switch (c) {
    case 'w': any_of(t, "[A-Za-z0-9_]"); return ERR_OK;
    case 'W': any_of(t, "[^A-Za-z0-9_]"); return ERR_OK;
    case 's': any_of(t, "[\\x20\\t\\n\\x0b\\f\\r]"); return ERR_OK;
    case 'S': any_of(t, "[^\\x20\\t\\n\\x0b\\f\\r]"); return ERR_OK;
    case 'b': anchor(t, "\\b"); return ERR_OK;
    case 'B': anchor(t, "\\B"); return ERR_OK;
    case '<': anchor(t, "\\b(?=\\w)"); return ERR_OK;
    case '>': anchor(t, "\\b(?<=\\w)"); return ERR_OK;
    case '`': anchor(t, "\\A"); return ERR_OK;
    case '\'': anchor(t, "\\z"); return ERR_OK;
    default: break;
    }
    if (c >= '1' && c <= '9') /* which group it means depends on the longest match */
        return ERR_UNSUPPORTED;
    literal(t, c);
    return ERR_OK;
}

/* One member of a bracket expression: a byte, or [.x.], [=x=]. Others are regcomp's. */
static err_t bracket_byte(struct translation *t, unsigned char *c)
{
    struct str rest = str_skip(t->in, t->i);

    if (rest.n == 0)
        return ERR_SYNTAX;
    if (rest.n >= 2 && rest.p[0] == '[' && (rest.p[1] == '.' || rest.p[1] == '=')) {
        if (rest.n < 5 || rest.p[3] != rest.p[1] || rest.p[4] != ']')
            return ERR_UNSUPPORTED;
        *c = (unsigned char)rest.p[2];
        t->i += 5;
        return ERR_OK;
    }
    if (str_starts(rest, STR("[:")))
        return ERR_UNSUPPORTED;
    *c = (unsigned char)rest.p[0];
    t->i++;
    return ERR_OK;
}

static err_t bracket_class(struct translation *t, bool *found)
{
    static const struct {
        struct str text;
        int (*has)(int c);
    } classes[] = {
        { STR_INIT("[:alpha:]"), isalpha }, { STR_INIT("[:digit:]"), isdigit },
        { STR_INIT("[:alnum:]"), isalnum }, { STR_INIT("[:upper:]"), isupper },
        { STR_INIT("[:lower:]"), islower }, { STR_INIT("[:space:]"), isspace },
        { STR_INIT("[:blank:]"), isblank }, { STR_INIT("[:punct:]"), ispunct },
        { STR_INIT("[:print:]"), isprint }, { STR_INIT("[:graph:]"), isgraph },
        { STR_INIT("[:cntrl:]"), iscntrl }, { STR_INIT("[:xdigit:]"), isxdigit },
    };
    struct str rest = str_skip(t->in, t->i);

    *found = false;
    if (!str_starts(rest, STR("[:")))
        return ERR_OK;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        if (!str_starts(rest, classes[i].text))
            continue;
        buf_add(t->out, classes[i].text);
        for (int c = 0; c < 128; c++)
            if (classes[i].has(c))
                add_byte(&t->atom_first, (unsigned char)c);
        t->i += classes[i].text.n;
        *found = true;
        return ERR_OK;
    }
    return ERR_SYNTAX;
}

/* One byte or one range; `first` in its brackets. */
static err_t bracket_range(struct translation *t, bool first)
{
    struct str rest = str_skip(t->in, t->i);
    unsigned char from, to;
    err_t e;

    if (!first && rest.n > 1 && rest.p[0] == '-' && rest.p[1] != ']')
        return ERR_UNSUPPORTED;
    e = bracket_byte(t, &from);
    if (e)
        return e;
    to = from;
    if (t->i + 1 < t->in.n && t->in.p[t->i] == '-' && t->in.p[t->i + 1] != ']') {
        t->i++;
        if (str_starts(rest, STR("[=")) || str_starts(str_skip(t->in, t->i), STR("[=")))
            return ERR_UNSUPPORTED;
        e = bracket_byte(t, &to);
        if (e)
            return e;
        if (to < from)
            return ERR_SYNTAX;
    }
    add_literal(t->out, from);
    if (to > from) {
        buf_char(t->out, '-');
        add_literal(t->out, to);
    }
    for (unsigned c = from; c <= to; c++)
        add_byte(&t->atom_first, (unsigned char)c);
    return ERR_OK;
}

static err_t bracket(struct translation *t)
{
    bool negated, first = true;

    begin_atom(t);
    t->i++;
    negated = t->i < t->in.n && t->in.p[t->i] == '^';
    t->i += negated;
    buf_addz(t->out, negated ? "[^" : "[");
    if (negated && t->newline)
        buf_addz(t->out, "\\n");
    for (;; first = false) {
        bool found;
        err_t e;

        if (t->i >= t->in.n)
            return ERR_SYNTAX;
        if (t->in.p[t->i] == ']' && !first)
            break;
        e = bracket_class(t, &found);
        if (!e && !found)
            e = bracket_range(t, first);
        if (e)
            return e;
    }
    t->i++;
    buf_char(t->out, ']');
    if (negated)
        for (unsigned i = 0; i < 4; i++)
            t->atom_first.bytes[i] = ~t->atom_first.bytes[i];
    return ERR_OK;
}

/* "{n}", "{n,}" or "{n,m}"; *n is how long it is, 0 when it is none. */
static bool interval(struct str s, size_t *n, bool *zero)
{
    struct str inner = str_cut(s, 1, s.n), low, high;
    size_t close = str_find(inner, '}');
    uint32_t a = 0, b = 0;

    if (close == inner.n)
        return false;
    high = str_cut(inner, 0, close);
    *n = close + 2;
    for (size_t i = 0; i < high.n; i++)
        if (!isdigit((unsigned char)high.p[i]) && high.p[i] != ',')
            return false;
    low = str_split(&high, ',');
    if (str_to_u32(low, &a) || (high.n && str_to_u32(high, &b)))
        return false;
    if (a > REPEAT_MAX || b > REPEAT_MAX || (high.n && b < a))
        return false;
    *zero = a == 0;
    return true;
}

static err_t repetition(struct translation *t)
{
    char c = t->in.p[t->i];
    bool zero = c != '+';
    size_t n = 1;

    if (!t->have_atom) /* at a start: a literal to some, a mistake to others */
        return ERR_UNSUPPORTED;
    if (c == '{' && !interval(str_skip(t->in, t->i), &n, &zero))
        return ERR_UNSUPPORTED;
    if (t->repeated && t->repeated != '{' && c != '{') { /* "a+?" is (a+)? here, and so a* */
        c = c == t->repeated ? c : '*';
        t->out->n--;
        buf_char(t->out, c);
    } else {
        if (t->repeated) {
            insert(t->out, t->atom, "(?:");
            buf_char(t->out, ')');
        }
        buf_add(t->out, str_cut(t->in, t->i, t->i + n));
    }
    t->i += n;
    t->repeated = c;
    t->atom_first.all = t->atom_first.all || zero;
    return ERR_OK;
}

static err_t open_group(struct translation *t)
{
    count_atom(t);
    if (t->depth + 1 >= DEPTH_MAX)
        return ERR_UNSUPPORTED;
    t->depth++;
    t->levels[t->depth] = (struct level){ .at = t->out->n };
    buf_char(t->out, '(');
    t->have_atom = false;
    t->i++;
    return ERR_OK;
}

/* Ends one alternative of the innermost group. */
static void end_alternative(struct translation *t)
{
    struct level *l = &t->levels[t->depth];

    count_atom(t);
    if (!l->begun)
        l->current.all = true;
    if (l->alternates && overlap(&l->seen, &l->current))
        t->ambiguous = true;
    join(&l->seen, &l->current);
    l->current = (struct first){ .all = false };
    l->begun = false;
}

static err_t close_group(struct translation *t)
{
    struct first first;
    size_t at = t->levels[t->depth].at;

    end_alternative(t);
    first = t->levels[t->depth].seen;
    t->depth--;
    buf_char(t->out, ')');
    t->atom = at;
    t->have_atom = true;
    t->repeated = 0;
    t->atom_pending = true;
    t->atom_first = first;
    t->i++;
    return ERR_OK;
}

static err_t step(struct translation *t)
{
    char c = t->in.p[t->i];

    switch (c) {
    case '\\': return escape(t);
    case '[': return bracket(t);
    case '(': return open_group(t);
    case ')':
        if (t->depth)
            return close_group(t);
        return ERR_UNSUPPORTED;
    case '|':
        end_alternative(t);
        t->levels[t->depth].alternates = true;
        buf_char(t->out, '|');
        t->have_atom = false;
        break;
    case '*':
    case '+':
    case '?':
    case '{': return repetition(t);
    case '^': anchor(t, "^"); break;
    case '$': anchor(t, "$"); break;
    case '.': any_of(t, "."); break;
    default: literal(t, c); break;
    }
    t->i++;
    return ERR_OK;
}

err_t regex_from_posix(struct str pattern, bool newline, struct buf *out, bool *ambiguous)
{
    struct translation t = { .in = pattern, .out = out, .newline = newline };

    while (t.i < pattern.n) {
        err_t e = step(&t);

        if (e)
            return e;
    }
    if (t.depth)
        return ERR_SYNTAX;
    end_alternative(&t);
    *ambiguous = t.ambiguous;
    return ERR_OK;
}

/* The end of the bracket expression that starts at `i`. */
static size_t bracket_end(struct str s, size_t i)
{
    i += i + 1 < s.n && s.p[i + 1] == '^' ? 2 : 1;
    for (i++; i < s.n && s.p[i] != ']'; i++)
        ;
    return i;
}

bool regex_is_huge(struct str pattern, size_t limit)
{
    size_t sums[DEPTH_MAX] = { 0 }, atom = 0; /* the nodes of each open group; of the last atom */
    unsigned depth = 0, run = 0;

    for (size_t i = 0; i < pattern.n; i++) {
        char c = pattern.p[i];
        uint32_t times = 2, high = 0;

        run = strchr("*+?^$", c) ? run + 1 : 0;
        if (run > RUN_MAX)
            return true;
        if (c == '+' || c == '*' || c == '?' || c == '{') {
            if (c == '{') {
                struct str inner = str_skip(pattern, i + 1), low;

                inner = str_cut(inner, 0, str_find(inner, '}'));
                low = str_split(&inner, ',');
                if ((low.n && str_to_u32(low, &times)) || (inner.n && str_to_u32(inner, &high)))
                    continue;
                times = (times > high ? times : high) + 1;
                i += str_find(str_skip(pattern, i), '}');
            }
            if (atom > limit / times)
                return true;
            atom *= times;
            continue;
        }
        sums[depth] += atom;
        atom = 1;
        if (c == '(') {
            if (++depth >= DEPTH_MAX)
                return true;
            sums[depth] = atom = 0;
        } else if (c == ')' && depth) {
            atom = sums[depth--] + 1;
        } else if (c == '[') {
            i = bracket_end(pattern, i);
        } else if (c == '\\') {
            i++;
        }
        if (sums[depth] > limit || atom > limit)
            return true;
    }
    return false;
}
