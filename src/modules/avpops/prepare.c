/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/avpops/avpops.h"

static const struct flag_letter all_only[] = { { 'g', FLAG_ALL }, { 0 } };
static const struct flag_letter all_delete[] = { { 'g', FLAG_ALL }, { 'd', FLAG_DELETE }, { 0 } };
static const struct flag_letter kinds[] = {
    { 'n', FLAG_NUMBER }, { 's', FLAG_STRING }, { 'e', FLAG_EMPTY }, { 0 }
};
static const struct flag_letter copies[] = { { 'g', FLAG_ALL },
                                             { 'd', FLAG_DELETE },
                                             { 'n', FLAG_CAST_NUMBER },
                                             { 's', FLAG_CAST_STRING },
                                             { 0 } };
static const struct flag_letter checks[] = { { 'g', FLAG_ALL }, { 'i', FLAG_ICASE }, { 0 } };

/* A dynamic argument is not there yet: these must be fixed (.literal). */

err_t prepare_delete(struct load *l, void *args)
{
    struct avp_args *a = args;
    struct str rest = a->first, avp = str_split(&rest, '/');
    err_t e = spec_avp(l, avp, &a->avp);

    return e ? e : spec_flags(l, rest, all_only, &a->flags);
}

err_t prepare_set(struct load *l, void *args)
{
    struct avp_args *a = args;
    struct str rest = a->first, avp = str_split(&rest, '/');
    err_t e = spec_avp(l, avp, &a->avp);

    return e ? e : spec_flags(l, rest, kinds, &a->flags);
}

err_t prepare_copy(struct load *l, void *args)
{
    struct avp_args *a = args;
    struct str rest = a->second, to = str_split(&rest, '/');
    err_t e = spec_avp(l, a->first, &a->avp);

    if (!e)
        e = spec_avp(l, to, &a->other);
    return e ? e : spec_flags(l, rest, copies, &a->flags);
}

err_t prepare_pushto(struct load *l, void *args)
{
    struct avp_args *a = args;
    struct str part = a->first, target = str_trim(str_split(&part, '/'));
    struct str rest = a->second, avp = str_split(&rest, '/');
    err_t e = spec_avp(l, avp, &a->avp);

    if (!e)
        e = spec_flags(l, rest, all_only, &a->flags);
    if (e)
        return e;
    a->branches = str_eq(target, STR("$br"));
    if (str_ieq(part, STR("username")))
        a->part = PART_USER;
    else if (str_ieq(part, STR("domain")))
        a->part = PART_DOMAIN;
    else if (part.n || !(a->branches || str_eq(target, STR("$ru")) || str_eq(target, STR("$du")))) {
        load_fault(l, NULL, "expected $ru, $ru/username, $ru/domain, $du or $br");
        return ERR_SYNTAX;
    }
    if (a->branches)
        return ERR_OK;
    if (a->part != PART_WHOLE)
        target = a->part == PART_USER ? STR("$rU") : STR("$rd");
    return load_var(l, target, &a->target);
}

static bool find_name(const struct str *names, size_t n, struct str name, int *out)
{
    for (size_t i = 0; i < n; i++)
        if (str_ieq(name, names[i])) {
            *out = (int)i;
            return true;
        }
    return false;
}

static void free_pattern(void *pattern)
{
    regex_free(pattern);
}

/* The pattern of re/…, when it is fixed. */
static err_t compile(struct load *l, struct avp_args *a)
{
    struct buf why;
    err_t e;

    if (a->compare != CMP_RE || a->operand.var)
        return ERR_OK;
    buf_init(&why, MEM_MODULE);
    e = regex_compile(a->operand.fixed.s, a->flags & FLAG_ICASE ? REGEX_ICASE : 0, &a->pattern,
                      &why);
    if (e)
        load_fault(l, NULL, STR_FMT, STR_ARG(buf_str(&why)));
    else
        arena_defer(load_arena(l), free_pattern, a->pattern);
    buf_free(&why);
    return e;
}

err_t prepare_check(struct load *l, void *args)
{
    static const struct str names[] = { STR_INIT("eq"), STR_INIT("ne"), STR_INIT("lt"),
                                        STR_INIT("le"), STR_INIT("gt"), STR_INIT("ge"),
                                        STR_INIT("re"), STR_INIT("fm"), STR_INIT("and"),
                                        STR_INIT("or"), STR_INIT("xor") };
    struct avp_args *a = args;
    struct str rest = a->second, op = str_split(&rest, '/'), value = str_split(&rest, '/');
    err_t e = spec_avp(l, a->first, &a->avp);
    int i = 0;

    if (!e && !find_name(names, sizeof names / sizeof *names, op, &i)) {
        load_fault(l, NULL, "expected eq, ne, lt, le, gt, ge, re, fm, and, or or xor before the /");
        e = ERR_SYNTAX;
    }
    a->compare = (enum avp_compare)i;
    if (!e)
        e = spec_operand(l, value, &a->operand);
    if (!e)
        e = spec_flags(l, rest, checks, &a->flags);
    return e ? e : compile(l, a);
}

err_t prepare_op(struct load *l, void *args)
{
    static const struct str names[] = { STR_INIT("add"), STR_INIT("sub"), STR_INIT("mul"),
                                        STR_INIT("div"), STR_INIT("mod"), STR_INIT("and"),
                                        STR_INIT("or"),  STR_INIT("xor"), STR_INIT("not") };
    struct avp_args *a = args;
    struct str to = a->first, from = str_split(&to, '/');
    struct str rest = a->second, op = str_split(&rest, '/'), value = str_split(&rest, '/');
    err_t e = spec_avp(l, from, &a->avp);
    int i = 0;

    a->other = a->avp;
    if (!e && to.n)
        e = spec_avp(l, to, &a->other);
    if (!e && !find_name(names, sizeof names / sizeof *names, op, &i)) {
        load_fault(l, NULL, "expected add, sub, mul, div, mod, and, or, xor or not before the /");
        e = ERR_SYNTAX;
    }
    a->calculate = (enum avp_calculate)i;
    if (!e)
        e = spec_operand(l, value, &a->operand);
    if (!e && !a->operand.var && a->operand.fixed.type != VALUE_INT) {
        load_fault(l, NULL, "expected a number (i:5) or a variable behind the /");
        e = ERR_TYPE;
    }
    return e ? e : spec_flags(l, rest, all_delete, &a->flags);
}

/* "$avp(from)/$avp(to)/flags" */
err_t prepare_subst(struct load *l, void *args)
{
    struct avp_args *a = args;
    struct str rest = a->first, from = str_split(&rest, '/'), to = str_split(&rest, '/');
    err_t e = spec_avp(l, from, &a->avp);

    a->other = a->avp;
    if (!e && to.n)
        e = spec_avp(l, to, &a->other);
    if (!e)
        e = spec_flags(l, rest, all_delete, &a->flags);
    return e ? e : spec_substitution(l, a->second, &a->subst);
}
