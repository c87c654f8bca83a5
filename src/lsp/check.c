/* SPDX-License-Identifier: BSD-2-Clause */
/* Checking what is open, with the checker that starts and reloads use. */
#include "core/generation.h"
#include "lsp/lsp_state.h"
#include <ctype.h>

/* A load that is going on: which files it asks for. */
struct checking {
    struct lsp *l;
    struct root *root;
};

static bool has_file(const struct root *r, struct str path)
{
    for (const struct root_file *f = r->files; f; f = f->next)
        if (str_eq(f->path, path))
            return true;
    return false;
}

static void note_file(struct lsp *l, struct root *r, struct str path)
{
    struct root_file *f;

    if (has_file(r, path))
        return;
    f = ARENA_NEW(&l->checked, struct root_file);
    f->path = path;
    f->next = r->files;
    r->files = f;
}

/* For load_reader: the texts of the editor go before those of the disk. */
static bool read_open(void *ctx, struct str name, struct str *text)
{
    struct checking *c = ctx;
    struct str path = path_normal(&c->l->checked, c->l->folder, name);
    const struct document *d = document_at(c->l, path);

    if (!text)
        return d != NULL;
    note_file(c->l, c->root, path);
    if (d)
        *text = d->text.n ? buf_str(&d->text) : STR("");
    return d != NULL;
}

static void keep(struct lsp *l, struct root *r, const struct diagnostic *d)
{
    struct found *f = ARENA_NEW(&l->checked, struct found);

    f->d = *d;
    f->path = d->line ? path_normal(&l->checked, l->folder, d->file) : r->path;
    f->d.message = arena_dup(&l->checked, d->message);
    f->d.hint = arena_dup(&l->checked, d->hint);
    f->d.source = arena_dup(&l->checked, d->source);
    f->d.trace = arena_dup(&l->checked, d->trace);
    *r->tail = f;
    r->tail = &f->next;
}

static struct root *check_one(struct lsp *l, struct str path)
{
    struct root *r = ARENA_NEW(&l->checked, struct root);
    struct checking c = { l, r };
    struct load_reader reader = { &c, read_open };
    struct load_options o = *l->options;
    struct generation *g = generation_new();
    struct diagnostics *d = diagnostics_new();
    const struct diagnostic *one;

    r->path = arena_dup(&l->checked, path);
    r->tail = &r->found;
    o.file = r->path;
    o.text = STR_NONE;
    o.reader = &reader;
    note_file(l, r, r->path);
    if (program_load(&o, g, d) == ERR_OK && diagnostics_faults(d))
        ASSERT(!"a load that succeeds tells no faults");
    for (size_t i = 0; (one = diagnostics_at(d, i)) != NULL; i++)
        keep(l, r, one);
    diagnostics_free(d);
    obj_drop(g);
    return r;
}

/* ---- telling ---- */

/* The lines of an open file, counted once for each check. */
static const struct text_lines *lines_of(struct lsp *l, struct document *d)
{
    if (!d->lines.begin)
        d->lines = text_lines(&l->checked, buf_str(&d->text));
    return &d->lines;
}

static json_t *range_of(struct lsp *l, const struct found *f)
{
    struct document *d = document_at(l, f->path);
    size_t from, to;

    if (!d && f->d.line) {
        json_t *range = json_of_range(f->d.source, text_place(f->d.source, 0, f->d.col),
                                      text_place(f->d.source, 0, f->d.col + f->d.width));

        for (int i = 0; i < 2; i++)
            json_object_set_new(json_object_get(range, i ? "end" : "start"), "line",
                                json_integer((json_int_t)f->d.line - 1));
        return range;
    }
    if (!d || !f->d.line)
        return json_of_range(STR(""), 0, 0);
    from = text_place(buf_str(&d->text), f->d.line, f->d.col);
    to = text_place(buf_str(&d->text), f->d.line, f->d.col + f->d.width);
    return json_of_span(lines_of(l, d), from, to);
}

static json_t *json_of_found(struct lsp *l, const struct found *f)
{
    json_t *made = json_pack("{s:o,s:i,s:s}", "range", range_of(l, f), "severity",
                             f->d.fault ? 1 : 2, "source", "tandem");
    struct buf b;

    buf_init(&b, MEM_CONTROL);
    buf_add(&b, f->d.message);
    if (f->d.hint.n)
        buf_fmt(&b, "\n" STR_FMT, STR_ARG(f->d.hint));
    if (f->d.trace.n)
        buf_fmt(&b, "\n" STR_FMT, STR_ARG(str_trim(f->d.trace)));
    json_object_set_new(made, "message", json_of(buf_str(&b)));
    buf_clear(&b);
    if (f->d.name) {
        json_object_set_new(made, "code", json_string(f->d.name));
        buf_addz(&b, "file://" TANDEM_DOC_DIR "/warnings.md#");
        for (const char *c = f->d.name; *c; c++)
            buf_char(&b, (char)tolower((unsigned char)*c));
        json_object_set_new(made, "codeDescription",
                            json_pack("{s:o}", "href", json_of(buf_str(&b))));
    }
    buf_free(&b);
    return made;
}

/* What is to be told now, by URI. */
static json_t *all_found(struct lsp *l)
{
    json_t *all = json_object();

    for (const struct root *r = l->roots; r; r = r->next)
        for (const struct found *f = r->found; f; f = f->next) {
            json_t *uri = json_of_uri(l, f->path);
            json_t *list = json_object_get(all, json_string_value(uri));

            if (!list) {
                list = json_array();
                json_object_set_new(all, json_string_value(uri), list);
            }
            json_array_append_new(list, json_of_found(l, f));
            json_decref(uri);
        }
    return all;
}

static void publish(struct lsp *l, const char *uri, json_t *list)
{
    const struct document *d = document_of(l, str_of(uri));
    json_t *params = json_pack("{s:s,s:O}", "uri", uri, "diagnostics", list);

    if (d)
        json_object_set_new(params, "version", json_integer(d->version));
    lsp_notify(l, "textDocument/publishDiagnostics", params);
}

static void tell(struct lsp *l, const struct document *changed)
{
    json_t *now = all_found(l), *none = json_array(), *list;
    const char *uri;

    json_object_foreach(l->published, uri, list)
    {
        if (!json_object_get(now, uri) && !(changed && str_eq(changed->uri, str_of(uri))))
            publish(l, uri, none);
    }
    json_object_foreach(now, uri, list)
    {
        if (!(changed && str_eq(changed->uri, str_of(uri))) &&
            !json_equal(list, json_object_get(l->published, uri)))
            publish(l, uri, list);
    }
    if (changed) {
        json_t *key = json_of(changed->uri);

        list = json_object_get(now, json_string_value(key));
        publish(l, json_string_value(key), list ? list : none);
        json_decref(key);
    }
    json_decref(none);
    json_decref(l->published);
    l->published = now;
}

static bool is_part_of_another(const struct lsp *l, const struct root *r)
{
    for (const struct root *other = l->roots; other; other = other->next)
        if (other != r && has_file(other, r->path) &&
            !(has_file(r, other->path) && r < other)) /* in a circle: one of them stays */
            return true;
    return false;
}

const struct root *root_of(const struct lsp *l, struct str path)
{
    for (const struct root *r = l->roots; r; r = r->next)
        if (has_file(r, path))
            return r;
    return NULL;
}

void check_all(struct lsp *l, const struct document *changed)
{
    struct root **tail = &l->roots;

    arena_free(&l->checked);
    arena_init(&l->checked, MEM_CONTROL, 65536);
    l->roots = NULL;
    for (struct document *d = l->documents; d; d = d->next)
        d->lines.begin = NULL;
    if (l->main.n) {
        *tail = check_one(l, l->main);
        tail = &(*tail)->next;
    }
    for (const struct document *d = l->documents; d; d = d->next)
        if (!root_of(l, d->path)) {
            *tail = check_one(l, d->path);
            tail = &(*tail)->next;
        }
    for (struct root **r = &l->roots; *r;)
        if (is_part_of_another(l, *r))
            *r = (*r)->next;
        else
            r = &(*r)->next;
    tell(l, changed);
}
