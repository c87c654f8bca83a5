/* SPDX-License-Identifier: BSD-2-Clause */
/* #!subst and its kin: a regular expression that changes every later string. */
#include "script/lex_state.h"
#include <stdlib.h>

static void add_group(struct buf *b, struct str text, const struct regex_span *at)
{
    if (at->from != (size_t)-1)
        buf_add(b, str_cut(text, at->from, at->to));
}

/* A variable of a replacement that is known before the server runs: what a define or the
 * environment has; nothing when it has none. */
static bool add_variable(const struct lexer *l, struct str name, struct str key, struct buf *out)
{
    if (str_eq(name, STR("def")) || str_eq(name, STR("defn")) || str_eq(name, STR("defv"))) {
        const struct macro *m = macro_find(l, key);
        struct str value = m && m->has_value ? m->value : STR("");

        if (str_eq(name, STR("defv")) && value.n > 1 && (value.p[0] == '"' || value.p[0] == '\''))
            value = str_cut(value, 1, value.n - 1);
        buf_add(out, value);
        return true;
    }
    if (str_eq(name, STR("env"))) {
        const char *found = getenv(arena_fmt(l->arena, STR_FMT, STR_ARG(key)).p);

        if (found)
            buf_add(out, str_of(found));
        return true;
    }
    return false;
}

/* At each use: $def(X) and its kin, $env(X), and $$ for a dollar sign. Others have been read when
 * the replacement was, or stay as they are, for the format that the text may become. */
static void expand(const struct lexer *l, struct str text, struct buf *out)
{
    while (text.n) {
        size_t dollar = str_find(text, '$'), open, close;

        buf_add(out, str_cut(text, 0, dollar));
        text = str_skip(text, dollar);
        open = str_find(text, '(');
        close = str_find(text, ')');
        if (text.n > 1 && text.p[1] == '$') {
            buf_char(out, '$');
            text = str_skip(text, 2);
        } else if (open < close && close < text.n &&
                   add_variable(l, str_cut(text, 1, open), str_cut(text, open + 1, close), out)) {
            text = str_skip(text, close + 1);
        } else if (text.n) {
            buf_char(out, '$');
            text = str_skip(text, 1);
        }
    }
}

static bool read_at_each_use(struct str text)
{
    static const char *const begins[] = { "$$", "$def(", "$defn(", "$defv(", "$env(" };

    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (str_starts(text, str_of(begins[i])))
            return true;
    return false;
}

static void add_literal(struct str text, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++)
        buf_add(out, text.p[i] == '$' ? STR("$$") : str_cut(text, i, i + 1));
}

/* Once, where the replacement stands: the variables of the modules that are loaded above it. */
static struct str with_values(struct lexer *l, struct str text, const struct place *at)
{
    struct buf b;

    if (!l->variable || str_find(text, '$') == text.n)
        return text;
    buf_init(&b, MEM_CONFIG);
    while (text.n) {
        size_t n = str_find(text, '$');
        struct str value = STR_NONE;

        buf_add(&b, str_cut(text, 0, n));
        text = str_skip(text, n);
        if (text.n > 1 && (lex_is_ident(text.p[1]) || text.p[1] == '(') && !read_at_each_use(text))
            n = l->variable(l->variable_ctx, l, text, at, &value);
        else /* "$$" as one */
            n = str_starts(text, STR("$$")) ? 2 : text.n > 0;
        if (value.p)
            add_literal(value, &b);
        else
            buf_add(&b, str_cut(text, 0, n));
        text = str_skip(text, n);
    }
    text = arena_dup(l->arena, buf_str(&b));
    buf_free(&b);
    return text;
}

static struct str expanded(const struct lexer *l, struct str text)
{
    struct buf b;

    if (str_find(text, '$') == text.n)
        return text;
    buf_init(&b, MEM_CONFIG);
    expand(l, text, &b);
    text = arena_dup(l->arena, buf_str(&b));
    buf_free(&b);
    return text;
}

static bool replace(const struct subst *s, struct str replacement, struct str text, struct buf *out)
{
    struct regex_span at[10];
    bool any = false;

    while (regex_match(s->pattern, text, at, 10) == ERR_OK) {
        any = true;
        buf_add(out, str_cut(text, 0, at[0].from));
        for (size_t i = 0; i < replacement.n; i++) {
            char c = replacement.p[i];

            if (c == '\\' && i + 1 < replacement.n) {
                c = replacement.p[++i];
                if (c >= '0' && c <= '9') {
                    add_group(out, text, &at[c - '0']);
                    continue;
                }
            }
            buf_char(out, c);
        }
        if (at[0].to == at[0].from) { /* an empty match: go on behind the next byte */
            if (at[0].to < text.n)
                buf_char(out, text.p[at[0].to]);
            at[0].to++;
        }
        text = str_skip(text, at[0].to);
        if (!s->global || text.n == 0 || out->n > (1u << 20))
            break;
    }
    buf_add(out, text);
    return any;
}

struct str subst_apply(struct lexer *l, struct str text)
{
    for (const struct subst *s = l->substs; s; s = s->next) {
        struct buf b;

        buf_init(&b, MEM_CONFIG);
        if (replace(s, expanded(l, s->replacement), text, &b))
            text = arena_dup(l->arena, buf_str(&b));
        buf_free(&b);
    }
    return text;
}

static void free_regex(void *r)
{
    regex_free(r);
}

/* Cuts at the next delimiter that no backslash protects. */
static bool cut(struct str *rest, char delimiter, struct str *out)
{
    for (size_t i = 0; i < rest->n; i++) {
        if (rest->p[i] == '\\' && i + 1 < rest->n) {
            i++;
            continue;
        }
        if (rest->p[i] == delimiter) {
            *out = str_cut(*rest, 0, i);
            *rest = str_skip(*rest, i + 1);
            return true;
        }
    }
    return false;
}

static void define_also(struct lexer *l, const char *kind, struct str pattern,
                        struct str replacement, const struct place *at)
{
    if (strcmp(kind, "subst") == 0)
        return;
    if (strcmp(kind, "substdefs") == 0)
        replacement = arena_fmt(l->arena, "\"" STR_FMT "\"", STR_ARG(replacement));
    for (size_t i = 0; i < pattern.n; i++)
        if (!lex_is_ident((unsigned char)pattern.p[i])) {
            diag_fault(l->diag, at, "the pattern of #!%s must be a plain name: it also defines it",
                       kind);
            return;
        }
    macro_set(l, pattern, replacement, true, at);
}

void subst_add(struct lexer *l, const char *kind, struct str text, const struct place *at)
{
    struct subst *s = ARENA_NEW(l->arena, struct subst);
    struct str pattern, replacement;
    unsigned flags = 0;
    struct regex *r;
    struct buf why;
    char delimiter;

    text = arena_dup(l->arena, str_trim(text));
    if (text.n < 3) {
        diag_fault(l->diag, at, "expected \"/pattern/replacement/flags\" behind #!%s", kind);
        return;
    }
    delimiter = text.p[0];
    text = str_skip(text, 1);
    if (!cut(&text, delimiter, &pattern) || !cut(&text, delimiter, &replacement)) {
        diag_fault(l->diag, at, "expected three '%c' in \"/pattern/replacement/flags\" of #!%s",
                   delimiter, kind);
        return;
    }
    for (size_t i = 0; i < text.n; i++) {
        if ((text.p[i] | 32) == 'g')
            s->global = true;
        else if ((text.p[i] | 32) == 'i')
            flags |= REGEX_ICASE;
        else
            diag_fault(l->diag, at, "'%c' is no flag of #!%s: expected g or i", text.p[i], kind);
    }
    buf_init(&why, MEM_CONFIG);
    if (regex_compile(pattern, flags, &r, &why)) {
        diag_fault(l->diag, at, "the pattern of #!%s is malformed: " STR_FMT, kind,
                   STR_ARG(buf_str(&why)));
    } else {
        arena_defer(l->arena, free_regex, r);
        s->pattern = r;
        s->replacement = replacement = with_values(l, replacement, at);
        *l->substs_tail = s;
        l->substs_tail = &s->next;
        define_also(l, kind, pattern, expanded(l, replacement), at);
    }
    buf_free(&why);
}

void lexer_subst(struct lexer *l, const char *kind, struct str text)
{
    struct place nowhere = { 0 };

    subst_add(l, kind, text, &nowhere);
}
