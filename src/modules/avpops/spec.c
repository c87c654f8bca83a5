/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/avpops/spec.h"
#include "base/log.h"

err_t spec_avp(struct load *l, struct str text, struct avp_name *out)
{
    struct str inner;

    text = str_trim(text);
    if (!str_starts(text, STR("$avp(")) || !str_ends(text, STR(")")) || text.n < 7) {
        load_fault(l, NULL, "expected $avp(name), got \"" STR_FMT "\"", STR_ARG(text));
        return ERR_SYNTAX;
    }
    inner = str_cut(text, 5, text.n - 1);
    *out = avp_name_read(inner);
    if (out->name.n && str_find(out->name, '$') == out->name.n)
        return ERR_OK;
    load_fault(l, NULL, "expected $avp(name) with a fixed name");
    return ERR_SYNTAX;
}

err_t spec_flags(struct load *l, struct str text, const struct flag_letter *known, unsigned *out)
{
    text = str_trim(text);
    for (size_t i = 0; i < text.n; i++) {
        const struct flag_letter *f = known;

        while (f->letter && f->letter != (text.p[i] | 32))
            f++;
        if (!f->letter) {
            load_fault(l, NULL, "there is no flag \"%c\" here", text.p[i]);
            return ERR_SYNTAX;
        }
        *out |= f->flag;
    }
    return ERR_OK;
}

err_t spec_operand(struct load *l, struct str text, struct operand *out)
{
    int64_t n;

    text = str_trim(text);
    *out = (struct operand){ .fixed = VALUE_OF_STR(text) };
    if (text.n && text.p[0] == '$')
        return load_var(l, text, &out->var);
    if (str_starts(text, STR("s:")))
        out->fixed = VALUE_OF_STR(str_skip(text, 2));
    if (!str_starts(text, STR("i:")))
        return ERR_OK;
    if (str_to_i64(str_skip(text, 2), &n)) {
        load_fault(l, NULL, "expected a number behind i:");
        return ERR_SYNTAX;
    }
    out->fixed = VALUE_OF_INT(n);
    return ERR_OK;
}

err_t operand_value(struct call *c, const struct operand *o, struct value *out)
{
    if (o->var)
        return var_get(c, o->var, out);
    *out = o->fixed;
    return ERR_OK;
}

/* --- substitutions ---------------------------------------------------------------------------- */

/* Up to the next `mark` that no backslash stands before. */
static bool next_part(struct str *text, char mark, struct str *out)
{
    for (size_t i = 0; i < text->n; i++) {
        if (text->p[i] == '\\' && i + 1 < text->n) {
            i++;
        } else if (text->p[i] == mark) {
            *out = str_cut(*text, 0, i);
            *text = str_skip(*text, i + 1);
            return true;
        }
    }
    return false;
}

static void free_pattern(void *pattern)
{
    regex_free(pattern);
}

err_t spec_substitution(struct load *l, struct str text, struct substitution *out)
{
    struct str pattern;
    unsigned flags = REGEX_NEWLINE;
    struct buf why;
    err_t e;
    char mark = text.n ? text.p[0] : '\0';

    text = str_skip(text, 1);
    if (!mark || !next_part(&text, mark, &pattern) || !next_part(&text, mark, &out->replacement)) {
        load_fault(l, "subst", "expected \"/pattern/replacement/flags\"");
        return ERR_SYNTAX;
    }
    for (size_t i = 0; i < text.n; i++) {
        out->all |= text.p[i] == 'g';
        if (text.p[i] == 'i')
            flags |= REGEX_ICASE;
        if (text.p[i] == 's')
            flags &= ~(unsigned)REGEX_NEWLINE;
        if (!strchr("gis", text.p[i])) {
            load_fault(l, "subst", "the flags of a substitution are g, i and s");
            return ERR_SYNTAX;
        }
    }
    buf_init(&why, MEM_MODULE);
    e = regex_compile(pattern, flags, &out->pattern, &why);
    if (e)
        load_fault(l, "subst", STR_FMT, STR_ARG(buf_str(&why)));
    else
        arena_defer(load_arena(l), free_pattern, out->pattern);
    buf_free(&why);
    return e;
}

enum { GROUPS = 10 };

/* What the peer sent is put in behind the variables' evaluation, never evaluated itself. */
static void add_replacement(struct call *c, const struct substitution *s, struct str in,
                            const struct regex_span *spans, struct buf *to)
{
    struct str rest = s->replacement;

    while (rest.n) {
        size_t plain = 0;
        struct str text, evaluated;

        while (plain < rest.n && rest.p[plain] != '\\')
            plain++;
        text = str_cut(rest, 0, plain);
        if (str_find(text, '$') < text.n && format_eval_text(c, text, &evaluated) == ERR_OK)
            text = evaluated;
        buf_add(to, text);
        rest = str_skip(rest, plain);
        if (rest.n < 2) {
            buf_add(to, rest);
            return;
        }
        if (rest.p[1] >= '0' && rest.p[1] <= '9') {
            const struct regex_span *span = &spans[rest.p[1] - '0'];

            if (span->from != (size_t)-1)
                buf_add(to, str_cut(in, span->from, span->to));
        } else {
            buf_char(to, rest.p[1] == 'n'   ? '\n'
                         : rest.p[1] == 'r' ? '\r'
                         : rest.p[1] == 't' ? '\t'
                                            : rest.p[1]);
        }
        rest = str_skip(rest, 2);
    }
}

err_t substitute(struct call *c, const struct substitution *s, struct str in, struct str *out)
{
    struct regex_span spans[GROUPS];
    bool any = false;
    struct buf b;

    buf_init(&b, MEM_MESSAGE);
    while (regex_match(s->pattern, in, spans, GROUPS) == ERR_OK) {
        any = true;
        buf_add(&b, str_cut(in, 0, spans[0].from));
        add_replacement(c, s, in, spans, &b);
        in = str_skip(in, spans[0].to);
        if (!s->all || spans[0].to == spans[0].from)
            break;
    }
    buf_add(&b, in);
    *out = arena_dup(c->arena, (struct str){ b.p ? b.p : "", b.n });
    buf_free(&b);
    return any ? ERR_OK : ERR_NOT_FOUND;
}
