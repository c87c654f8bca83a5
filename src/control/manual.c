/* SPDX-License-Identifier: BSD-2-Clause */
/* Manual pages in Markdown, generated from the descriptors. */
#include "control/describe.h"
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

/* Text for a cell of a table. */
static void cell(struct buf *b, const char *s)
{
    for (; s && *s; s++)
        if (*s == '|')
            buf_addz(b, "\\|");
        else
            buf_char(b, *s == '\n' ? ' ' : *s);
}

static void names(struct buf *b, const char *before, const char *const *list)
{
    if (!list || !*list)
        return;
    buf_addz(b, before);
    for (size_t i = 0; list[i]; i++)
        buf_fmt(b, "%s`%s`", i ? ", " : "", list[i]);
}

static void field_type(struct buf *b, const struct field *f)
{
    if (f->choices && f->type == FIELD_CHOICE) {
        for (size_t i = 0; f->choices[i]; i++)
            buf_fmt(b, "%s`%s`", i ? ", " : "", f->choices[i]);
        return;
    }
    buf_addz(b, field_type_name(f->type));
    if (f->type == FIELD_DURATION) {
        int64_t unit = f->unit_ms ? f->unit_ms : 1;

        if (unit == 1 || unit == 1000)
            buf_addz(b, unit == 1 ? " in ms" : " in s");
        if (f->max > f->min && f->max != INT64_MAX)
            buf_fmt(b, ", %lld to %lld", (long long)(f->min / unit), (long long)(f->max / unit));
        return;
    }
    if (f->max > f->min && f->max == INT64_MAX)
        buf_fmt(b, ", from %lld", (long long)f->min);
    else if (f->max > f->min)
        buf_fmt(b, ", %lld to %lld", (long long)f->min, (long long)f->max);
}

static void params(struct buf *b, const struct module *m)
{
    if (!m->params || !m->params->name)
        return;
    buf_addz(b, "\n## Parameters\n\n| name | type | default | meaning |\n|---|---|---|---|\n");
    for (const struct field *f = m->params; f->name; f++) {
        buf_fmt(b, "| `%s`", f->name);
        names(b, ", ", f->aliases);
        buf_addz(b, " | ");
        field_type(b, f);
        buf_addz(b, " | ");
        if (f->def) {
            buf_char(b, '`');
            cell(b, *f->def ? f->def : "\"\"");
            buf_char(b, '`');
        }
        buf_addz(b, " | ");
        cell(b, f->doc);
        if (f->runtime)
            buf_addz(b, " Can be changed while running (`cfg.set`).");
        if (f->inert) {
            buf_addz(b, " *Accepted without effect: ");
            cell(b, f->inert);
            buf_addz(b, ".*");
        }
        if (f->differs) {
            buf_addz(b, " *Differs: ");
            cell(b, f->differs);
            buf_char(b, '*');
        }
        buf_addz(b, " |\n");
    }
}

static void arg_list(struct buf *b, const struct field *args)
{
    size_t open = 0;

    for (const struct field *f = args; f && f->name; f++) {
        bool optional = f->def || f->optional || f->rest;

        if (optional) {
            buf_char(b, '[');
            open++;
        }
        buf_fmt(b, "%s%s%s", f == args ? "" : ", ", f->name, f->rest ? ", ..." : "");
    }
    while (open--)
        buf_char(b, ']');
}

static void arg_docs(struct buf *b, const struct field *args)
{
    for (const struct field *f = args; f && f->name; f++) {
        buf_fmt(b, "- `%s` (", f->name);
        field_type(b, f);
        if (f->def && *f->def)
            buf_fmt(b, "; `%s` when left out", f->def);
        else if (f->def || f->optional)
            buf_addz(b, "; may be left out");
        if (f->literal)
            buf_addz(b, "; a constant");
        buf_fmt(b, "): %s\n", f->doc);
    }
    if (args && args->name)
        buf_char(b, '\n');
}

static void funcs(struct buf *b, const struct module *m)
{
    if (!m->funcs || !m->funcs->name)
        return;
    buf_addz(b, "\n## Functions\n");
    for (const struct func *f = m->funcs; f->name; f++) {
        buf_fmt(b, "\n### %s(", f->name);
        arg_list(b, f->args);
        buf_fmt(b, ")\n\n%s", f->doc);
        if (f->suspends)
            buf_addz(b, " Waits without blocking: other messages go on.");
        buf_addz(b, "\n\n");
        arg_docs(b, f->args);
        if (f->returns && f->returns->doc) {
            buf_addz(b, "Returns:\n\n");
            for (const struct outcome *o = f->returns; o->doc; o++)
                buf_fmt(b, "- `%d`: %s\n", o->code, o->doc);
            buf_char(b, '\n');
        }
        buf_addz(b, "Routes: ");
        describe_routes(b, f->routes);
        buf_addz(b, ".");
        names(b, " Other names: ", f->aliases);
        buf_char(b, '\n');
        if (f->differs)
            buf_fmt(b, "\nDiffers: %s\n", f->differs);
    }
}

static void vars(struct buf *b, const struct module *m)
{
    if (!m->vars || !m->vars->name)
        return;
    buf_addz(b, "\n## Variables\n\n| variable | access | meaning |\n|---|---|---|\n");
    for (const struct variable *v = m->vars; v->name; v++) {
        buf_fmt(b, "| `$%s%s%s`", v->name,
                !v->key           ? ""
                : v->key_optional ? "[(name)]"
                                  : "(name)",
                v->index ? "[index]" : "");
        names(b, ", ", v->aliases);
        buf_fmt(b, " | %s | ", v->set ? "read, write" : "read");
        cell(b, v->doc);
        if (v->differs) {
            buf_addz(b, " *Differs: ");
            cell(b, v->differs);
            buf_char(b, '*');
        }
        buf_addz(b, " |\n");
    }
}

static void transformations(struct buf *b, const struct module *m)
{
    if (!m->transformations || !m->transformations->name)
        return;
    buf_addz(b, "\n## Transformations\n\n| transformation | meaning |\n|---|---|\n");
    for (const struct transformation *t = m->transformations; t->name; t++) {
        buf_fmt(b, "| `{%s.%s", t->class, t->name);
        for (const struct field *f = t->args; f && f->name; f++)
            buf_fmt(b, ",%s", f->name);
        buf_addz(b, "}` | ");
        cell(b, t->doc);
        buf_addz(b, " |\n");
    }
}

static void method(struct buf *b, const struct rpc_method *m)
{
    buf_addz(b, "\n### ");
    describe_signature(b, m->name, m->args);
    buf_fmt(b, "\n\n%s\n", m->doc);
    if (m->args && m->args->name) {
        buf_char(b, '\n');
        arg_docs(b, m->args);
        b->n--; /* one empty line is enough */
    }
}

static void methods(struct buf *b, const struct module *m)
{
    if (!m->methods || !m->methods->name)
        return;
    buf_addz(b, "\n## Control methods\n");
    for (const struct rpc_method *r = m->methods; r->name; r++)
        method(b, r);
}

#define STATS_HEAD "\n## Statistics\n\n| name | kind | meaning |\n|---|---|---|\n"

static void stat_row(struct buf *b, const struct stat_decl *s)
{
    buf_fmt(b, "| `%s:%s` | %s | ", s->group, s->name, s->gauge || s->read ? "gauge" : "counter");
    cell(b, s->doc);
    buf_addz(b, " |\n");
}

static void the_rest(struct buf *b, const struct module *m)
{
    if (m->events && m->events->name)
        buf_addz(b, "\n## Event routes\n\n");
    for (const struct event *e = m->events; e && e->name; e++)
        buf_fmt(b, "- `event_route[%s]`: %s\n", e->name, e->doc);
    if (m->stats && m->stats->name)
        buf_addz(b, STATS_HEAD);
    for (const struct stat_decl *s = m->stats; s && s->name; s++)
        stat_row(b, s);
    if (m->tables && m->tables->name)
        buf_addz(b, "\n## Tables\n\n");
    for (const struct table *t = m->tables; t && t->name; t++)
        buf_fmt(b, "- `%s` (version %u): %s\n", t->name, t->version, t->doc);
}

static void page(struct buf *b, const struct module *m)
{
    buf_fmt(b,
            "<!-- Generated by `tandem --manual`; change the module's descriptor instead. -->\n"
            "# %s\n\n%s\n",
            m->name, m->doc);
    names(b, "\nNeeds: ", m->needs);
    if (m->needs && *m->needs)
        buf_addz(b, ".\n");
    params(b, m);
    funcs(b, m);
    vars(b, m);
    transformations(b, m);
    methods(b, m);
    the_rest(b, m);
}

static err_t write_page(const char *dir, const char *name, struct str text, struct buf *why)
{
    char path[4096];
    FILE *f;
    bool written;

    snprintf(path, sizeof path, "%s/%s.md", dir, name);
    f = fopen(path, "we");
    if (!f) {
        buf_fmt(why, "%s cannot be written: %s", path, strerror(errno));
        return ERR_IO;
    }
    written = fwrite(text.p, 1, text.n, f) == text.n;
    if (fclose(f) == 0 && written)
        return ERR_OK;
    buf_fmt(why, "%s was not written whole", path);
    return ERR_IO;
}

static void core_method(const struct rpc_method *m, const char *module, void *arg)
{
    if (strcmp(module, "core") == 0)
        method(arg, m);
}

static void core_page(struct buf *b)
{
    if (control_host.core)
        page(b, control_host.core);
    buf_addz(b, "\n## Control methods\n");
    rpc_each(core_method, b);
    if (stat_count())
        buf_addz(b, STATS_HEAD);
    for (unsigned id = 0; id < stat_count(); id++)
        stat_row(b, stat_at(id));
}

err_t describe_manual(const char *dir, struct buf *why)
{
    size_t n;
    const struct module **all = describe_sorted(&n);
    struct buf b, index;
    err_t e = ERR_OK;

    if (mkdir(dir, 0777) && errno != EEXIST) {
        buf_fmt(why, "%s cannot be made: %s", dir, strerror(errno));
        mem_free(MEM_CONTROL, all);
        return ERR_IO;
    }
    buf_init(&b, MEM_CONTROL);
    buf_init(&index, MEM_CONTROL);
    buf_addz(&index, "<!-- Generated by `tandem --manual`. -->\n# Modules\n\nWhat needs no module: "
                     "[core](core.md).\n\n| module | purpose |\n|---|---|\n");
    for (size_t i = 0; i < n && !e; i++) {
        buf_clear(&b);
        page(&b, all[i]);
        e = write_page(dir, all[i]->name, buf_str(&b), why);
        buf_fmt(&index, "| [%s](%s.md) | ", all[i]->name, all[i]->name);
        cell(&index, all[i]->doc);
        buf_addz(&index, " |\n");
    }
    if (!e)
        e = write_page(dir, "README", buf_str(&index), why);
    buf_clear(&b);
    core_page(&b);
    if (!e)
        e = write_page(dir, "core", buf_str(&b), why);
    buf_free(&b);
    buf_free(&index);
    mem_free(MEM_CONTROL, all);
    return e;
}
