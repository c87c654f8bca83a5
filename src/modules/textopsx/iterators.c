/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks over the headers and over the lines of the body. */
#include "modules/textopsx/iterators.h"
#include "modules/textopsx/textopsx.h"

enum { ITERATORS_MAX = 16 }; /* of one kind in one run */

struct iterator {
    struct iterator *next;
    bool lines;
    struct str name;
    const struct msg *msg; /* the one it walks over; msg_apply_changes() makes another */
    int64_t at;            /* of headers: which; -1 before the first */
    struct str line, rest; /* of lines: this one, and what follows */
};

static struct iterator **iterators_of(struct call *c)
{
    return (struct iterator **)(void *)&c->module_data[textopsx_self.iterators];
}

static struct iterator *find(struct call *c, struct str name, bool lines)
{
    for (struct iterator *i = *iterators_of(c); i; i = i->next)
        if (i->lines == lines && str_eq(i->name, name))
            return i->msg == c->msg ? i : NULL;
    return NULL;
}

static int start(struct call *c, struct str name, bool lines)
{
    struct iterator **at = iterators_of(c), *i;
    size_t n = 0;

    for (; *at && !((*at)->lines == lines && str_eq((*at)->name, name)); at = &(*at)->next)
        n++;
    if (!*at && n >= 2 * ITERATORS_MAX)
        return SCRIPT_FALSE;
    i = *at ? *at : ARENA_NEW(c->arena, struct iterator);
    if (!*at) {
        *at = i;
        i->name = arena_dup(c->arena, name);
        i->lines = lines;
    }
    i->msg = c->msg;
    i->at = -1;
    i->line = STR_NONE;
    i->rest = c->msg->body;
    return SCRIPT_TRUE;
}

static int end(struct call *c, struct str name, bool lines)
{
    struct iterator **at = iterators_of(c);

    for (; *at; at = &(*at)->next)
        if ((*at)->lines == lines && str_eq((*at)->name, name)) {
            *at = (*at)->next;
            return SCRIPT_TRUE;
        }
    return SCRIPT_FALSE;
}

/* What it stands at; NULL before the first and behind the last. */
static const struct header *header_at(const struct iterator *i)
{
    return i && i->at >= 0 && (size_t)i->at < i->msg->n_headers ? &i->msg->headers[i->at] : NULL;
}

static struct str line_at(const struct iterator *i)
{
    return i ? i->line : STR_NONE;
}

static int move(struct call *c, struct str name, int by)
{
    struct iterator *i = find(c, name, false);

    if (!i || i->at + by < 0 || (size_t)(i->at + by) >= i->msg->n_headers)
        return SCRIPT_FALSE;
    i->at += by;
    return SCRIPT_TRUE;
}

int hf_iterator_start(struct call *c, const struct iterator_args *a)
{
    return start(c, a->name, false);
}
int hf_iterator_next(struct call *c, const struct iterator_args *a)
{
    return move(c, a->name, 1);
}
int hf_iterator_prev(struct call *c, const struct iterator_args *a)
{
    return move(c, a->name, -1);
}
int hf_iterator_end(struct call *c, const struct iterator_args *a)
{
    return end(c, a->name, false);
}

int hf_iterator_rm(struct call *c, const struct iterator_args *a)
{
    const struct header *h = header_at(find(c, a->name, false));

    if (!h)
        return SCRIPT_FALSE;
    edit_remove_header(&c->edits, c->msg, h);
    return SCRIPT_TRUE;
}

int hf_iterator_append(struct call *c, const struct iterator_text_args *a)
{
    const struct header *h = header_at(find(c, a->name, false));

    if (!h || !a->text.n)
        return SCRIPT_FALSE;
    edit_insert_header_after(&c->edits, c->msg, h, a->text);
    return SCRIPT_TRUE;
}

int hf_iterator_insert(struct call *c, const struct iterator_text_args *a)
{
    const struct header *h = header_at(find(c, a->name, false));

    if (!h || !a->text.n)
        return SCRIPT_FALSE;
    edit_insert_header(&c->edits, c->msg, h, a->text);
    return SCRIPT_TRUE;
}

int bl_iterator_start(struct call *c, const struct iterator_args *a)
{
    return start(c, a->name, true);
}
int bl_iterator_end(struct call *c, const struct iterator_args *a)
{
    return end(c, a->name, true);
}

int bl_iterator_next(struct call *c, const struct iterator_args *a)
{
    struct iterator *i = find(c, a->name, true);
    size_t n;

    if (!i || !i->rest.n)
        return SCRIPT_FALSE;
    n = str_find(i->rest, '\n');
    i->line = str_cut(i->rest, 0, n < i->rest.n ? n + 1 : n);
    i->rest = str_skip(i->rest, i->line.n);
    return SCRIPT_TRUE;
}

int bl_iterator_rm(struct call *c, const struct iterator_args *a)
{
    struct str line = line_at(find(c, a->name, true));

    if (!line.n)
        return SCRIPT_FALSE;
    edit_delete(&c->edits, c->msg, line);
    return SCRIPT_TRUE;
}

static int insert_at_line(struct call *c, const struct iterator_text_args *a, bool behind)
{
    struct str line = line_at(find(c, a->name, true));

    if (!line.n || !a->text.n)
        return SCRIPT_FALSE;
    edit_insert(&c->edits, (size_t)(line.p - c->msg->raw.p) + (behind ? line.n : 0), a->text);
    return SCRIPT_TRUE;
}

int bl_iterator_append(struct call *c, const struct iterator_text_args *a)
{
    return insert_at_line(c, a, true);
}
int bl_iterator_insert(struct call *c, const struct iterator_text_args *a)
{
    return insert_at_line(c, a, false);
}

/* $hfitname, $hfitbody, $blitval. */
err_t get_iterator(struct call *c, const struct var_ref *at, struct value *out)
{
    bool lines = at->var->tag == ITERATOR_LINE;
    const struct iterator *i = find(c, var_key(c, at), lines);
    const struct header *h = lines ? NULL : header_at(i);
    struct str text = lines                                  ? line_at(i)
                      : !h                                   ? STR_NONE
                      : at->var->tag == ITERATOR_HEADER_NAME ? h->name
                                                             : h->body;

    *out = text.p ? VALUE_OF_STR(text) : VALUE_NONE;
    return ERR_OK;
}
