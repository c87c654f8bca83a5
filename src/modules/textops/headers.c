/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers: added, found, removed. */
#include "modules/textops/headers.h"
#include "base/clock.h"
#include "base/regex.h"
#include "sip/values.h"

/* --- adding ------------------------------------------------------------------------------------
 */

static const struct header *last_named(const struct msg *m, struct str name)
{
    const struct header *h = msg_header_named(m, name), *last = h;

    for (; h; h = msg_header_named_next(m, h, name))
        last = h;
    return last;
}

int append_hf(struct call *c, const struct hf_args *a)
{
    const struct header *after = a->header.p ? last_named(c->msg, a->header) : NULL;

    if (!a->text.n)
        return SCRIPT_FALSE;
    if (after)
        edit_insert_header_after(&c->edits, c->msg, after, a->text);
    else
        edit_append_header(&c->edits, c->msg, a->text);
    return SCRIPT_TRUE;
}

int insert_hf(struct call *c, const struct hf_args *a)
{
    const struct header *before = a->header.p ? msg_header_named(c->msg, a->header) : NULL;

    if (!a->text.n)
        return SCRIPT_FALSE;
    edit_insert_header(&c->edits, c->msg, before, a->text);
    return SCRIPT_TRUE;
}

/* The received Request-URI between two texts. */
int append_urihf(struct call *c, const struct two_args *a)
{
    struct str line = arena_fmt(c->arena, STR_FMT STR_FMT STR_FMT, STR_ARG(a->first),
                                STR_ARG(c->msg->uri), STR_ARG(a->second));

    if (!c->msg->request)
        return SCRIPT_FALSE;
    edit_append_header(&c->edits, c->msg, line);
    return SCRIPT_TRUE;
}

int append_to_reply(struct call *c, const struct text_args *a)
{
    if (!a->text.n)
        return SCRIPT_FALSE;
    reply_add_header(c, a->text);
    return SCRIPT_TRUE;
}

static struct str date_line(struct call *c)
{
    struct buf b;
    struct str line;

    buf_init(&b, MEM_MESSAGE);
    buf_addz(&b, "Date: ");
    date_write(&b, clock_unix());
    buf_addz(&b, "\r\n");
    line = arena_dup(c->arena, buf_str(&b));
    buf_free(&b);
    return line;
}

int append_time(struct call *c)
{
    reply_add_header(c, date_line(c));
    return SCRIPT_TRUE;
}

int append_time_to_request(struct call *c)
{
    edit_append_header(&c->edits, c->msg, date_line(c));
    return SCRIPT_TRUE;
}

/* --- finding -----------------------------------------------------------------------------------
 */

int is_present_hf(struct call *c, const struct name_args *a)
{
    return truth(msg_header_named(c->msg, a->name) != NULL);
}

static bool name_matches(const struct header *h, const struct regex *pattern)
{
    return regex_match(pattern, h->name, NULL, 0) == ERR_OK;
}

static int present_by_pattern(struct call *c, const struct regex *pattern)
{
    for (size_t i = 0; pattern && i < c->msg->n_headers; i++)
        if (name_matches(&c->msg->headers[i], pattern))
            return SCRIPT_TRUE;
    return SCRIPT_FALSE;
}

int is_present_hf_re(struct call *c, const struct regex_args *a)
{
    return present_by_pattern(c, a->pattern);
}

int is_present_hf_re_pv(struct call *c, const struct text_args *a)
{
    return present_by_pattern(c, regex_now(a->text, REGEX_ICASE));
}

/* --- removing -----------------------------------------------------------------------------------
 */

int remove_hf(struct call *c, const struct name_args *a)
{
    const struct header *h = msg_header_named(c->msg, a->name);
    bool any = h != NULL;

    for (; h; h = msg_header_named_next(c->msg, h, a->name))
        edit_remove_header(&c->edits, c->msg, h);
    return truth(any);
}

int remove_hf_idx(struct call *c, const struct index_args *a)
{
    const struct header *h = msg_header_named(c->msg, a->name);
    int64_t index = a->index;

    if (index < 0)
        for (const struct header *i = h; i; i = msg_header_named_next(c->msg, i, a->name))
            index++;
    for (; h && index > 0; index--)
        h = msg_header_named_next(c->msg, h, a->name);
    if (!h || index < 0)
        return SCRIPT_FALSE;
    edit_remove_header(&c->edits, c->msg, h);
    return SCRIPT_TRUE;
}

static int remove_by_pattern(struct call *c, const struct regex *match, const struct regex *skip)
{
    bool any = false;

    for (size_t i = 0; match && i < c->msg->n_headers; i++) {
        const struct header *h = &c->msg->headers[i];
        if (!name_matches(h, match) || (skip && name_matches(h, skip)))
            continue;
        edit_remove_header(&c->edits, c->msg, h);
        any = true;
    }
    return truth(any);
}

int remove_hf_re(struct call *c, const struct regex_args *a)
{
    return remove_by_pattern(c, a->pattern, NULL);
}

int remove_hf_re_pv(struct call *c, const struct text_args *a)
{
    return remove_by_pattern(c, regex_now(a->text, REGEX_ICASE), NULL);
}

int remove_hf_exp(struct call *c, const struct two_regex_args *a)
{
    return remove_by_pattern(c, a->match, a->skip);
}

int remove_hf_exp_pv(struct call *c, const struct two_args *a)
{
    const struct regex *skip = regex_now(a->second, REGEX_ICASE);

    return skip ? remove_by_pattern(c, regex_now(a->first, REGEX_ICASE), skip) : SCRIPT_FALSE;
}

/* Whether a header's body stands in the relation `op` to a text: eq, ne, in, re. */
static bool body_relates(const struct header *h, struct str op, struct str text,
                         const struct regex *pattern)
{
    if (str_ieq(op, STR("eq")))
        return str_eq(h->body, text);
    if (str_ieq(op, STR("ne")))
        return !str_eq(h->body, text);
    if (str_ieq(op, STR("in")))
        return str_search(h->body, text) < h->body.n;
    return pattern && regex_match(pattern, h->body, NULL, 0) == ERR_OK;
}

int remove_hf_match(struct call *c, const struct three_args *a)
{
    const struct regex *pattern =
        str_ieq(a->second, STR("re")) ? regex_now(a->third, REGEX_ICASE) : NULL;
    const struct header *h = msg_header_named(c->msg, a->first);
    bool any = false;

    for (; h; h = msg_header_named_next(c->msg, h, a->first))
        if (body_relates(h, a->second, a->third, pattern)) {
            edit_remove_header(&c->edits, c->msg, h);
            any = true;
        }
    return truth(any);
}

/* --- parameters of our neighbours' Via -----------------------------------------------------------
 */

/* A parameter of the topmost Via, when the message was received with it. */
int via_param_rm(struct call *c, const struct name_args *a)
{
    const struct via *top = msg_via(c->msg, 0, NULL);
    struct str value = top ? param_find(top->params, a->name) : STR_NONE;
    struct str rest, name, text;

    if (!value.p)
        return SCRIPT_FALSE;
    for (rest = top->params; param_next(&rest, &name, &text);)
        if (str_ieq(name, a->name)) {
            const char *end = text.n ? text.p + text.n : name.p + name.n;
            edit_delete(&c->edits, c->msg, (struct str){ name.p - 1, (size_t)(end - name.p) + 1 });
            return SCRIPT_TRUE;
        }
    return SCRIPT_FALSE;
}

/* Privacy (RFC 3323): whether the header asks for this kind. */
int is_privacy(struct call *c, const struct name_args *a)
{
    const struct header *h = msg_header(c->msg, HEADER_PRIVACY);

    if (!h)
        return SCRIPT_FALSE;
    for (struct str rest = h->body; rest.n;)
        if (str_ieq(str_trim(str_split(&rest, ';')), a->name))
            return SCRIPT_TRUE;
    return SCRIPT_FALSE;
}
