/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of the method and of texts. */
#include "modules/textops/texts.h"
#include "base/regex.h"

/* --- the method ----------------------------------------------------------------------------------
 */

/* "INVITE|BYE" as a mask; METHOD_BIT(METHOD_OTHER) is set when one has no number. */
static unsigned methods_of(struct str list)
{
    unsigned mask = 0;

    for (struct str rest = list; rest.n;) {
        char upper[32];
        struct str name = str_trim(str_split(&rest, '|'));
        size_t n = name.n < sizeof upper ? name.n : sizeof upper;
        for (size_t i = 0; i < n; i++)
            upper[i] = (char)(name.p[i] >= 'a' && name.p[i] <= 'z' ? name.p[i] - 32 : name.p[i]);
        mask |= METHOD_BIT(method_of((struct str){ upper, n }));
    }
    return mask;
}

err_t is_method_prepare(struct load *l, void *args)
{
    struct method_args *a = args;

    (void)l;
    if (a->name.n)
        a->mask = methods_of(a->name);
    return ERR_OK;
}

static bool names_one_of(struct str name, struct str list)
{
    while (list.n)
        if (str_ieq(str_trim(str_split(&list, '|')), name))
            return true;
    return false;
}

int is_method(struct call *c, const struct method_args *a)
{
    unsigned mask = a->mask ? a->mask : methods_of(a->name);
    enum sip_method method = c->msg->method;
    struct str name = c->msg->method_name;

    if (!c->msg->request) {
        const struct cseq *cseq = msg_cseq(c->msg, NULL);
        if (!cseq)
            return SCRIPT_FALSE;
        method = cseq->method;
        name = cseq->method_name;
    }
    if (method != METHOD_OTHER)
        return truth(mask & METHOD_BIT(method));
    return truth((mask & METHOD_BIT(METHOD_OTHER)) && names_one_of(name, a->name));
}

/* --- lists
 * ----------------------------------------------------------------------------------------- */

int in_list(struct call *c, const struct three_args *a)
{
    struct str rest = a->second;

    (void)c;
    if (!a->third.n)
        return SCRIPT_FALSE;
    while (rest.n)
        if (str_eq(str_trim(str_split(&rest, a->third.p[0])), a->first))
            return SCRIPT_TRUE;
    return SCRIPT_FALSE;
}

int in_list_prefix(struct call *c, const struct three_args *a)
{
    struct str rest = a->second;

    (void)c;
    if (!a->third.n)
        return SCRIPT_FALSE;
    while (rest.n) {
        struct str item = str_trim(str_split(&rest, a->third.p[0]));
        if (item.n && str_starts(a->first, item))
            return SCRIPT_TRUE;
    }
    return SCRIPT_FALSE;
}

/* --- two texts
 * --------------------------------------------------------------------------------------- */

#define TEXT_TEST(fn, condition)                                                                   \
    int fn(struct call *c, const struct two_args *a)                                               \
    {                                                                                              \
        (void)c;                                                                                   \
        return truth(condition);                                                                   \
    }
TEXT_TEST(ends_with, str_ends(a->first, a->second))

enum { SCRIPT_LESS = -2 };

static int code_of(int order)
{
    return order == 0 ? SCRIPT_TRUE : order < 0 ? SCRIPT_LESS : SCRIPT_FALSE;
}

int cmp_str(struct call *c, const struct two_args *a)
{
    (void)c;
    return code_of(str_cmp(a->first, a->second));
}

int cmp_istr(struct call *c, const struct two_args *a)
{
    size_t n = a->first.n < a->second.n ? a->first.n : a->second.n;
    int order = n ? strncasecmp(a->first.p, a->second.p, n) : 0;

    (void)c;
    return code_of(order ? order : (a->first.n > n) - (a->second.n > n));
}

int starts_with(struct call *c, const struct two_args *a)
{
    (void)c;
    if (a->first.n < a->second.n)
        return SCRIPT_FALSE;
    return code_of(str_cmp(str_cut(a->first, 0, a->second.n), a->second));
}

/* Counts from 1; the empty text is found behind the end. */
static int place_of(const struct two_args *a, size_t at)
{
    if (!a->second.n)
        return (int)a->first.n + 1;
    return at < a->first.n ? (int)at + 1 : SCRIPT_FALSE;
}

int str_find_in(struct call *c, const struct two_args *a)
{
    (void)c;
    return place_of(a, str_search(a->first, a->second));
}

int str_ifind_in(struct call *c, const struct two_args *a)
{
    (void)c;
    return place_of(a, str_isearch(a->first, a->second));
}

/* How many characters of the first text stand in the second. */
static size_t common_characters(struct str text, struct str set)
{
    size_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        n += str_find(set, text.p[i]) < set.n;
    return n;
}
TEXT_TEST(str_any_in, common_characters(a->first, a->second) > 0)
TEXT_TEST(str_all_in, common_characters(a->first, a->second) == a->first.n)

/* --- patterns
 * ----------------------------------------------------------------------------------------- */

int search_str(struct call *c, const struct two_args *a)
{
    const struct regex *pattern = regex_now(a->second, REGEX_ICASE | REGEX_NEWLINE);

    (void)c;
    if (!pattern || !a->first.n)
        return -2;
    return truth(regex_match(pattern, a->first, NULL, 0) == ERR_OK);
}

/* One group of a match, the nth match when the text has several. */
int regex_substring(struct call *c, const struct substring_args *a)
{
    const struct regex *pattern = regex_now(a->pattern, 0);
    struct regex_span spans[32];
    struct str text = a->text, group;

    if (!pattern || a->group < 0 || a->group >= 32 || a->groups < 1 || a->groups > 32)
        return SCRIPT_FALSE;
    if (a->group >= a->groups)
        return SCRIPT_FALSE;
    if (regex_match(pattern, text, spans, (size_t)a->groups) != ERR_OK)
        return -2;
    if (spans[a->group].from == (size_t)-1)
        return SCRIPT_FALSE;
    group = str_cut(text, spans[a->group].from, spans[a->group].to);
    return truth(var_set(c, a->into, &VALUE_OF_STR(group)) == ERR_OK);
}
