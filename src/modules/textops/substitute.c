/* SPDX-License-Identifier: BSD-2-Clause */
/* Substitutions: read, and applied to the message, its parts, the Request-URI and values. */
#include "modules/textops/substitute.h"
#include "base/regex.h"

enum { GROUPS = 10 };

struct substitution {
    struct str pattern, replacement;
    unsigned flags; /* of the pattern */
    bool all;
    char separator;
};

/* Up to the next separator without a backslash before it. */
static bool read_part(struct str *rest, char separator, struct str *part)
{
    for (size_t i = 0; i < rest->n; i++) {
        if (rest->p[i] == '\\') {
            i++;
        } else if (rest->p[i] == separator) {
            *part = str_cut(*rest, 0, i);
            *rest = str_skip(*rest, i + 1);
            return true;
        }
    }
    return false;
}

static err_t substitution_read(struct str text, struct substitution *s)
{
    *s = (struct substitution){ .flags = REGEX_NEWLINE };
    if (text.n < 3 || text.p[0] == '\\')
        return ERR_SYNTAX;
    s->separator = text.p[0];
    text = str_skip(text, 1);
    if (!read_part(&text, s->separator, &s->pattern) ||
        !read_part(&text, s->separator, &s->replacement) || !s->pattern.n)
        return ERR_SYNTAX;
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case 'g': s->all = true; break;
        case 'i': s->flags |= REGEX_ICASE; break;
        case 's': s->flags &= ~(unsigned)REGEX_NEWLINE; break;
        default: return ERR_SYNTAX;
        }
    }
    return ERR_OK;
}

/* The pattern without the backslashes that only protect the separator. */
static struct str plain_pattern(const struct substitution *s, struct arena *a)
{
    char *out = arena_alloc(a, s->pattern.n + 1);
    size_t n = 0;

    for (size_t i = 0; i < s->pattern.n; i++) {
        bool pair = s->pattern.p[i] == '\\' && i + 1 < s->pattern.n;
        if (pair && s->pattern.p[i + 1] == s->separator)
            i++;
        else if (pair)
            out[n++] = s->pattern.p[i++];
        out[n++] = s->pattern.p[i];
    }
    return (struct str){ out, n };
}

static err_t check_expression(struct load *l, struct str text)
{
    struct substitution s;
    struct regex *pattern;
    struct buf why;
    err_t e = substitution_read(text, &s);

    if (e) {
        load_fault(l, "expression", "expected /pattern/replacement/flags with flags of g, i and s");
        return e;
    }
    buf_init(&why, MEM_CONFIG);
    e = regex_compile(plain_pattern(&s, load_arena(l)), s.flags, &pattern, &why);
    if (e)
        load_fault(l, "expression", "the pattern is malformed: " STR_FMT, STR_ARG(buf_str(&why)));
    else
        regex_free(pattern);
    buf_free(&why);
    return e;
}

err_t subst_prepare(struct load *l, void *args)
{
    return check_expression(l, ((struct subst_args *)args)->expression);
}

err_t subst_hf_prepare(struct load *l, void *args)
{
    return check_expression(l, ((struct subst_hf_args *)args)->expression);
}

/* --- one run over one text -------------------------------------------------------------------- */

struct run {
    struct substitution s;
    const struct regex *pattern;
    struct str in;
    size_t at;
    size_t last; /* where the match before ended; an empty one there does not count again */
    bool over, any;
    struct regex_span spans[GROUPS]; /* of the match found last, in `in` */
};

static bool run_begin(struct call *c, struct str expression, struct str in, struct run *r)
{
    *r = (struct run){ .in = in };
    if (substitution_read(expression, &r->s) != ERR_OK)
        return false;
    r->pattern = regex_now(plain_pattern(&r->s, c->arena), r->s.flags);
    return r->pattern != NULL;
}

/* Behind a match, a pattern that begins with ^ can match at the next line only. */
static size_t next_start(const struct run *r, size_t at)
{
    if (r->s.pattern.p[0] != '^' || at == 0 || r->in.p[at - 1] == '\n')
        return at;
    return at + str_find(str_skip(r->in, at), '\n') + 1;
}

static bool match_at(struct run *r)
{
    if (r->over || r->at > r->in.n ||
        regex_match(r->pattern, str_skip(r->in, r->at), r->spans, GROUPS) != ERR_OK)
        return false;
    for (size_t i = 0; i < GROUPS; i++)
        if (r->spans[i].from != (size_t)-1) {
            r->spans[i].from += r->at;
            r->spans[i].to += r->at;
        }
    return true;
}

static bool run_next(struct run *r)
{
    if (!match_at(r))
        return false;
    if (r->any && r->spans[0].from == r->spans[0].to && r->spans[0].to == r->last) {
        r->at++;
        if (!match_at(r))
            return false;
    }
    r->any = true;
    r->last = r->spans[0].to;
    r->at = r->spans[0].to + (r->spans[0].to == r->spans[0].from);
    if (r->at <= r->in.n)
        r->at = next_start(r, r->at);
    r->over = !r->s.all;
    return true;
}

/* Text of the replacement without groups: its variables are read. */
static void add_text(struct call *c, struct str text, struct buf *out)
{
    struct str expanded = text;

    if (str_find(text, '$') < text.n && format_eval_text(c, text, &expanded) != ERR_OK)
        return;
    buf_add(out, expanded);
}

static char control_of(char letter)
{
    return letter == 'n' ? '\n' : letter == 'r' ? '\r' : letter == 't' ? '\t' : letter;
}

/* What stands in place of the match found last. */
static void add_replacement(struct call *c, const struct run *r, struct buf *out)
{
    struct str text = r->s.replacement;
    size_t plain = 0;

    for (size_t i = 0; i + 1 < text.n; i++) {
        char letter = text.p[i + 1];
        if (text.p[i] != '\\')
            continue;
        add_text(c, str_cut(text, plain, i), out);
        if (letter >= '0' && letter <= '9') {
            const struct regex_span *group = &r->spans[letter - '0'];
            if (group->from != (size_t)-1)
                buf_add(out, str_cut(r->in, group->from, group->to));
        } else {
            buf_char(out, control_of(letter));
        }
        plain = ++i + 1;
    }
    add_text(c, str_cut(text, plain, text.n), out);
}

/* The text after all substitutions; STR_NONE when nothing matched. */
static struct str substituted(struct call *c, struct str expression, struct str in)
{
    struct str result = STR_NONE;
    struct buf out;
    size_t copied = 0;
    bool any = false;
    struct run r;

    if (!in.n || !run_begin(c, expression, in, &r))
        return STR_NONE;
    buf_init(&out, MEM_MESSAGE);
    for (; run_next(&r); any = true) {
        buf_add(&out, str_cut(in, copied, r.spans[0].from));
        add_replacement(c, &r, &out);
        copied = r.spans[0].to;
    }
    buf_add(&out, str_skip(in, copied));
    if (any)
        result = arena_dup(c->arena, (struct str){ out.p ? out.p : "", out.n });
    buf_free(&out);
    return result;
}

/* The same as edits of a part of the message. */
static int substitute_in(struct call *c, struct str expression, struct str part)
{
    bool any = false;
    struct buf out;
    struct run r;

    if (!part.n || !run_begin(c, expression, part, &r))
        return SCRIPT_FALSE;
    buf_init(&out, MEM_MESSAGE);
    for (; run_next(&r); any = true) {
        buf_clear(&out);
        add_replacement(c, &r, &out);
        edit_replace(&c->edits, c->msg, str_cut(part, r.spans[0].from, r.spans[0].to),
                     buf_str(&out));
    }
    buf_free(&out);
    return truth(any);
}

/* --- functions -------------------------------------------------------------------------------- */

int subst(struct call *c, const struct subst_args *a)
{
    return substitute_in(c, a->expression, str_skip(c->msg->raw, c->msg->first_line.n));
}

int subst_body(struct call *c, const struct subst_args *a)
{
    return substitute_in(c, a->expression, c->msg->body);
}

int subst_hf(struct call *c, const struct subst_hf_args *a)
{
    char which = a->which.n ? a->which.p[0] : 'a';
    const struct header *h = msg_header_named(c->msg, a->name), *next;
    bool any = false;

    for (; h; h = next) {
        next = msg_header_named_next(c->msg, h, a->name);
        if (which != 'l' || !next)
            any |= substitute_in(c, a->expression, h->body) == SCRIPT_TRUE;
        if (which == 'f')
            break;
    }
    return truth(any);
}

int subst_uri(struct call *c, const struct subst_args *a)
{
    struct str fresh = c->msg->request ? substituted(c, a->expression, call_uri_text(c)) : STR_NONE;

    return truth(fresh.p && call_set_uri(c, fresh) == ERR_OK);
}

int subst_user(struct call *c, const struct subst_args *a)
{
    const struct uri *u = c->msg->request ? call_uri(c, NULL) : NULL;
    struct str user, head, tail;

    if (!u || !u->user.n)
        return SCRIPT_FALSE;
    user = substituted(c, a->expression, u->user);
    if (!user.p)
        return SCRIPT_FALSE;
    head = str_cut(u->text, 0, (size_t)(u->user.p - u->text.p));
    tail = str_skip(u->text, head.n + u->user.n);
    return truth(call_set_uri(c, arena_fmt(c->arena, STR_FMT STR_FMT STR_FMT, STR_ARG(head),
                                           STR_ARG(user), STR_ARG(tail))) == ERR_OK);
}

int subst_v(struct call *c, const struct subst_v_args *a)
{
    struct str fresh = substituted(c, a->expression, a->text);

    return truth(fresh.p && var_set(c, a->into, &VALUE_OF_STR(fresh)) == ERR_OK);
}

/* --- {re.subst} ------------------------------------------------------------------------------- */

static err_t re_subst(struct call *c, const struct value *in, const void *args, struct value *out)
{
    struct str text = value_text(in, c->arena);
    struct str fresh = substituted(c, ((const struct subst_args *)args)->expression, text);

    *out = VALUE_OF_STR(fresh.p ? fresh : text);
    return ERR_OK;
}

static const struct field re_subst_fields[] = {
    FIELD(subst_args, expression, "/pattern/replacement/flags"),
    { 0 },
};
const struct transformation textops_transformations[] = {
    { .class = "re",
      .name = "subst",
      .doc = "With what matches a pattern replaced, as sed does it.",
      .run = re_subst,
      .args = re_subst_fields,
      .args_size = sizeof(struct subst_args) },
    { 0 },
};
