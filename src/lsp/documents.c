/* SPDX-License-Identifier: BSD-2-Clause */
/* The texts that are open in the editor. */
#include "lsp/lsp_state.h"

void document_free(struct document *d)
{
    mem_free(MEM_CONTROL, (void *)(uintptr_t)d->uri.p);
    mem_free(MEM_CONTROL, (void *)(uintptr_t)d->path.p);
    buf_free(&d->text);
    mem_free(MEM_CONTROL, d);
}

struct document *document_of(struct lsp *l, struct str uri)
{
    struct document *d = l->documents;

    while (d && !str_eq(d->uri, uri))
        d = d->next;
    return d;
}

struct document *document_at(const struct lsp *l, struct str path)
{
    struct document *d = l->documents;

    while (d && !str_eq(d->path, path))
        d = d->next;
    return d;
}

json_t *json_of_uri(struct lsp *l, struct str path)
{
    const struct document *d = document_at(l, path);
    json_t *made;
    struct buf b;

    if (d)
        return json_of(d->uri);
    buf_init(&b, MEM_CONTROL);
    uri_of_path(path, &b);
    made = json_of(buf_str(&b));
    buf_free(&b);
    return made;
}

static bool number(const json_t *object, const char *name, size_t *out)
{
    const json_t *v = json_object_get(object, name);

    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return false;
    *out = (size_t)json_integer_value(v);
    return true;
}

bool position_of(const json_t *object, struct text_position *out)
{
    return number(object, "line", &out->line) && number(object, "character", &out->character);
}

struct document *document_asked(struct lsp *l, const json_t *params, size_t *offset)
{
    struct str uri = json_member(json_object_get(params, "textDocument"), "uri");
    struct document *d;
    struct text_position at;

    if (!uri.p) {
        lsp_fail(l, LSP_INVALID_PARAMS, "expected textDocument.uri");
        return NULL;
    }
    d = document_of(l, uri);
    if (!d) {
        lsp_fail(l, LSP_INVALID_PARAMS, STR_FMT " is not open", STR_ARG(uri));
        return NULL;
    }
    if (!offset)
        return d;
    if (!position_of(json_object_get(params, "position"), &at)) {
        lsp_fail(l, LSP_INVALID_PARAMS, "expected position.line and position.character");
        return NULL;
    }
    *offset = text_offset(buf_str(&d->text), at);
    return d;
}

static struct document *add(struct lsp *l, struct str uri)
{
    struct document *d = mem_zalloc(MEM_CONTROL, sizeof *d), **end = &l->documents;
    struct str path = path_normal(&l->arena, l->folder, uri_to_path(&l->arena, uri));

    d->uri = (struct str){ mem_strdup(MEM_CONTROL, uri), uri.n };
    d->path = (struct str){ mem_strdup(MEM_CONTROL, path), path.n };
    buf_init(&d->text, MEM_CONTROL);
    while (*end)
        end = &(*end)->next;
    *end = d;
    l->n_documents++;
    return d;
}

json_t *document_open(struct lsp *l, const json_t *params)
{
    const json_t *item = json_object_get(params, "textDocument");
    struct str uri = json_member(item, "uri"), text = json_member(item, "text");
    struct document *d;

    if (!uri.p || !text.p)
        return lsp_fail(l, LSP_INVALID_PARAMS, "didOpen: expected textDocument.uri and .text");
    d = document_of(l, uri);
    if (!d && l->n_documents >= LSP_DOCUMENTS_MAX)
        return lsp_fail(l, LSP_REQUEST_FAILED, "more than %d files are open", LSP_DOCUMENTS_MAX);
    if (!d)
        d = add(l, uri);
    buf_clear(&d->text);
    buf_add(&d->text, text);
    d->version = json_integer_value(json_object_get(item, "version"));
    check_all(l, d);
    return json_null();
}

/* One change: a range and what stands there now, or the whole text. */
static bool change(struct document *d, const json_t *item)
{
    const json_t *range = json_object_get(item, "range");
    struct str text = json_member(item, "text"), old = buf_str(&d->text);
    struct text_position from = { 0, 0 }, to = { 0, 0 };
    size_t begin = 0, end = old.n;
    struct buf now;

    if (!text.p)
        return false;
    if (range) {
        if (!position_of(json_object_get(range, "start"), &from) ||
            !position_of(json_object_get(range, "end"), &to))
            return false;
        begin = text_offset(old, from);
        end = text_offset(old, to);
        if (end < begin)
            return false;
    }
    if (old.n - (end - begin) + text.n > FRAMING_BODY_MAX)
        return false;
    buf_init(&now, MEM_CONTROL);
    buf_add(&now, str_cut(old, 0, begin));
    buf_add(&now, text);
    buf_add(&now, str_skip(old, end));
    buf_free(&d->text);
    d->text = now;
    return true;
}

json_t *document_change(struct lsp *l, const json_t *params)
{
    struct document *d = document_asked(l, params, NULL);
    const json_t *changes = json_object_get(params, "contentChanges"), *version;
    const json_t *item;
    size_t i;

    if (!d)
        return NULL;
    json_array_foreach(changes, i, item)
    {
        if (!change(d, item))
            return lsp_fail(l, LSP_INVALID_PARAMS, "didChange: change %zu cannot be applied", i);
    }
    version = json_object_get(json_object_get(params, "textDocument"), "version");
    d->version = json_integer_value(version);
    check_all(l, d);
    return json_null();
}

json_t *document_close(struct lsp *l, const json_t *params)
{
    struct document *d = document_asked(l, params, NULL), **at = &l->documents;

    if (!d)
        return NULL;
    while (*at != d)
        at = &(*at)->next;
    *at = d->next;
    document_free(d);
    l->n_documents--;
    check_all(l, NULL);
    return json_null();
}

json_t *document_save(struct lsp *l, const json_t *params)
{
    struct document *d = document_asked(l, params, NULL);

    if (!d)
        return NULL;
    check_all(l, d);
    return json_null();
}
