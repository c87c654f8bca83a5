/* SPDX-License-Identifier: BSD-2-Clause */
/* Searching and replacing in the received message. */
#include "modules/textops/search.h"
#include "base/regex.h"

/* The parts a function may look at. */
static struct str behind_first_line(const struct call *c)
{
    return str_skip(c->msg->raw, c->msg->first_line.n);
}
static struct str headers_of(const struct call *c)
{
    return str_skip(c->msg->head, c->msg->first_line.n);
}

/* The next match in *rest, which is moved behind it; an empty match moves one byte on. */
static bool next_match(const struct regex *pattern, struct str *rest, struct str *found)
{
    struct regex_span span;

    if (!rest->n || regex_match(pattern, *rest, &span, 1) != ERR_OK)
        return false;
    *found = str_cut(*rest, span.from, span.to);
    *rest = str_skip(*rest, span.to > span.from ? span.to : span.to + 1);
    return true;
}

static int find(const struct regex *pattern, struct str in)
{
    return truth(regex_match(pattern, in, NULL, 0) == ERR_OK);
}

static int append_behind(struct call *c, const struct replace_args *a, struct str in)
{
    struct str found;

    if (!next_match(a->pattern, &in, &found))
        return SCRIPT_FALSE;
    edit_insert(&c->edits, (size_t)(found.p + found.n - c->msg->raw.p), a->text);
    return SCRIPT_TRUE;
}

static int replace_in(struct call *c, const struct replace_args *a, struct str in, bool all)
{
    struct str found;
    bool any = false;

    while (next_match(a->pattern, &in, &found)) {
        edit_replace(&c->edits, c->msg, found, a->text);
        any = true;
        if (!all)
            break;
    }
    return truth(any);
}

int search(struct call *c, const struct regex_args *a)
{
    return find(a->pattern, c->msg->raw);
}
int search_body(struct call *c, const struct regex_args *a)
{
    return find(a->pattern, c->msg->body);
}
int search_append(struct call *c, const struct replace_args *a)
{
    return append_behind(c, a, behind_first_line(c));
}
int search_append_body(struct call *c, const struct replace_args *a)
{
    return append_behind(c, a, c->msg->body);
}
int replace_first(struct call *c, const struct replace_args *a)
{
    return replace_in(c, a, behind_first_line(c), false);
}
int replace_body(struct call *c, const struct replace_args *a)
{
    return replace_in(c, a, c->msg->body, false);
}
int replace_hdrs(struct call *c, const struct replace_args *a)
{
    return replace_in(c, a, headers_of(c), false);
}
int replace_all(struct call *c, const struct replace_args *a)
{
    return replace_in(c, a, behind_first_line(c), true);
}
/* Here ^ and $ are the ends of the body. */
int replace_body_atonce(struct call *c, const struct two_args *a)
{
    const struct replace_args r = { regex_now(a->first, REGEX_ICASE), a->second };

    return r.pattern ? replace_in(c, &r, c->msg->body, true) : SCRIPT_FALSE;
}

/* Line by line. */
int replace_body_all(struct call *c, const struct replace_args *a)
{
    struct str rest = c->msg->body;
    bool any = false;

    while (rest.n) {
        struct str line = str_split(&rest, '\n');
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        if (replace_in(c, a, line, true) == SCRIPT_TRUE)
            any = true;
    }
    return truth(any);
}

/* --- plain texts
 * ---------------------------------------------------------------------------------- */

static int replace_text(struct call *c, const struct three_args *a, struct str in)
{
    bool all = a->third.n && (a->third.p[0] == 'a' || a->third.p[0] == 'A'), any = false;
    size_t at;

    if (!a->first.n)
        return SCRIPT_FALSE;
    while ((at = str_search(in, a->first)) < in.n) {
        edit_replace(&c->edits, c->msg, str_cut(in, at, at + a->first.n), a->second);
        in = str_skip(in, at + a->first.n);
        any = true;
        if (!all)
            break;
    }
    return truth(any);
}

int replace_str(struct call *c, const struct three_args *a)
{
    return replace_text(c, a, behind_first_line(c));
}
int replace_body_str(struct call *c, const struct three_args *a)
{
    return replace_text(c, a, c->msg->body);
}
int replace_hdrs_str(struct call *c, const struct three_args *a)
{
    return replace_text(c, a, headers_of(c));
}

/* --- one header
 * ------------------------------------------------------------------------------------- */

int search_hf(struct call *c, const struct hf_search_args *a)
{
    const struct header *h = msg_header_named(c->msg, a->name), *last = NULL;
    char which = a->which.n ? a->which.p[0] : 'a';

    for (; h; h = msg_header_named_next(c->msg, h, a->name)) {
        last = h;
        if (which != 'l' && find(a->pattern, h->body) == SCRIPT_TRUE)
            return SCRIPT_TRUE;
        if (which == 'f')
            return SCRIPT_FALSE;
    }
    return which == 'l' && last ? find(a->pattern, last->body) : SCRIPT_FALSE;
}
