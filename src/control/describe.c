/* SPDX-License-Identifier: BSD-2-Clause */
/* All descriptors as JSON, and the list of modules. */
#include "control/describe.h"
#include "control/json.h"
#include "module/registry.h"
#include <stdlib.h>

void describe_signature(struct buf *b, const char *name, const struct field *args)
{
    buf_addz(b, name);
    for (const struct field *f = args; f && f->name; f++) {
        bool optional = f->def || f->optional || f->rest;

        buf_fmt(b, optional ? " [%s%s]" : " %s%s", f->name, f->rest ? " ..." : "");
    }
}

void describe_routes(struct buf *b, unsigned routes)
{
    static const char *const names[] = { "REQUEST", "REPLY",          "TM_REPLY", "FAILURE",
                                         "BRANCH",  "BRANCH_FAILURE", "SEND",     "EVENT" };
    bool first = true;

    if (routes == 0 || routes == ROUTE_ANY) {
        buf_addz(b, "any");
        return;
    }
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (routes >> i & 1) {
            buf_fmt(b, "%s%s", first ? "" : ", ", names[i]);
            first = false;
        }
}

/* An object's members, written one after the other. */
struct object {
    struct buf *b;
    bool some;
};

static void key(struct object *o, const char *name)
{
    buf_addz(o->b, o->some ? "," : "");
    o->some = true;
    json_write_str(o->b, str_of(name));
    buf_char(o->b, ':');
}

static void text(struct object *o, const char *name, const char *value)
{
    if (!value)
        return;
    key(o, name);
    json_write_str(o->b, str_of(value));
}

static void number(struct object *o, const char *name, int64_t n)
{
    key(o, name);
    buf_int(o->b, n);
}

static void flag(struct object *o, const char *name, bool on)
{
    if (!on)
        return;
    key(o, name);
    buf_addz(o->b, "true");
}

static void strings(struct object *o, const char *name, const char *const *list)
{
    if (!list || !*list)
        return;
    key(o, name);
    for (size_t i = 0; list[i]; i++) {
        buf_char(o->b, i ? ',' : '[');
        json_write_str(o->b, str_of(list[i]));
    }
    buf_char(o->b, ']');
}

static void field_members(struct object *o, const struct field *f)
{
    text(o, "name", f->name);
    text(o, "type", field_type_name(f->type));
    text(o, "doc", f->doc);
    text(o, "default", f->def);
    flag(o, "optional", f->optional || f->rest);
    flag(o, "rest", f->rest);
    flag(o, "runtime", f->runtime);
    flag(o, "constant", f->literal);
    if (f->max > f->min) {
        number(o, "min", f->min);
        number(o, "max", f->max);
    }
    strings(o, "choices", f->choices);
    strings(o, "aliases", f->aliases);
    text(o, "inert", f->inert);
    text(o, "differs", f->differs);
}

static void fields(struct object *o, const char *name, const struct field *table)
{
    if (!table || !table->name)
        return;
    key(o, name);
    buf_char(o->b, '[');
    for (const struct field *f = table; f->name; f++) {
        struct object item = { o->b, false };

        buf_addz(o->b, f == table ? "{" : ",{");
        field_members(&item, f);
        buf_char(o->b, '}');
    }
    buf_char(o->b, ']');
}

static void outcomes(struct object *o, const struct outcome *list)
{
    if (!list || !list->doc)
        return;
    key(o, "returns");
    for (const struct outcome *r = list; r->doc; r++) {
        struct object item = { o->b, false };

        buf_addz(o->b, r == list ? "[{" : ",{");
        number(&item, "code", r->code);
        text(&item, "doc", r->doc);
        buf_char(o->b, '}');
    }
    buf_char(o->b, ']');
}

static void func_members(struct object *o, const struct func *f)
{
    struct buf routes;

    text(o, "name", f->name);
    text(o, "doc", f->doc);
    strings(o, "aliases", f->aliases);
    fields(o, "args", f->args);
    outcomes(o, f->returns);
    buf_init(&routes, MEM_CONTROL);
    describe_routes(&routes, f->routes);
    buf_char(&routes, '\0');
    text(o, "routes", routes.p);
    buf_free(&routes);
    flag(o, "suspends", f->suspends);
    text(o, "differs", f->differs);
}

static void variable_members(struct object *o, const struct variable *v)
{
    text(o, "name", v->name);
    text(o, "doc", v->doc);
    strings(o, "aliases", v->aliases);
    flag(o, "writable", v->set != NULL);
    flag(o, "key", v->key);
    flag(o, "key_optional", v->key_optional);
    flag(o, "index", v->index);
    text(o, "differs", v->differs);
}

static void transformation_members(struct object *o, const struct transformation *t)
{
    text(o, "class", t->class);
    text(o, "name", t->name);
    text(o, "doc", t->doc);
    fields(o, "args", t->args);
}

static void method_members(struct object *o, const struct rpc_method *m)
{
    text(o, "name", m->name);
    text(o, "doc", m->doc);
    fields(o, "args", m->args);
    flag(o, "array", m->array);
}

static void event_members(struct object *o, const struct event *e)
{
    text(o, "name", e->name);
    text(o, "doc", e->doc);
}

static void stat_members(struct object *o, const struct stat_decl *s)
{
    text(o, "group", s->group);
    text(o, "name", s->name);
    text(o, "doc", s->doc);
    text(o, "kind", s->gauge || s->read ? "gauge" : "counter");
}

static void table_members(struct object *o, const struct table *t)
{
    text(o, "name", t->name);
    number(o, "version", t->version);
    text(o, "doc", t->doc);
}

/* A table of a module as an array of objects. */
#define TABLE(o, label, type, table, members)                                                      \
    do {                                                                                           \
        const type *row_ = (table);                                                                \
        if (!row_ || !row_->name)                                                                  \
            break;                                                                                 \
        key((o), (label));                                                                         \
        for (const char *before_ = "[{"; row_->name; row_++, before_ = ",{") {                     \
            struct object item_ = { (o)->b, false };                                               \
            buf_addz((o)->b, before_);                                                             \
            members(&item_, row_);                                                                 \
            buf_char((o)->b, '}');                                                                 \
        }                                                                                          \
        buf_char((o)->b, ']');                                                                     \
    } while (0)

static void module_members(struct object *o, const struct module *m)
{
    text(o, "name", m->name);
    text(o, "doc", m->doc);
    strings(o, "needs", m->needs);
    fields(o, "params", m->params);
    TABLE(o, "functions", struct func, m->funcs, func_members);
    TABLE(o, "variables", struct variable, m->vars, variable_members);
    TABLE(o, "transformations", struct transformation, m->transformations, transformation_members);
    TABLE(o, "rpcs", struct rpc_method, m->methods, method_members);
    TABLE(o, "events", struct event, m->events, event_members);
    TABLE(o, "stats", struct stat_decl, m->stats, stat_members);
    TABLE(o, "tables", struct table, m->tables, table_members);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const struct module *const *)a)->name,
                  (*(const struct module *const *)b)->name);
}

const struct module **describe_sorted(size_t *n)
{
    const struct module **all;

    for (*n = 0; registry_at(*n);)
        ++*n;
    all = mem_alloc(MEM_CONTROL, (*n + 1) * sizeof *all);
    for (size_t i = 0; i < *n; i++)
        all[i] = registry_at(i);
    qsort(all, *n, sizeof *all, by_name);
    return all;
}

/* The methods that belong to no module; `arg` is the object being written. */
static void core_method(const struct rpc_method *m, const char *module, void *arg)
{
    struct object *list = arg, item = { list->b, false };

    if (strcmp(module, "core") != 0)
        return;
    buf_addz(list->b, list->some ? ",{" : "{");
    list->some = true;
    method_members(&item, m);
    buf_char(list->b, '}');
}

/* What is counted by no module. */
static void core_stats(struct object *o)
{
    struct object list = { o->b, false };

    key(o, "stats");
    buf_char(o->b, '[');
    for (unsigned id = 0; id < stat_count(); id++) {
        struct object item = { o->b, false };

        buf_addz(o->b, list.some ? ",{" : "{");
        list.some = true;
        stat_members(&item, stat_at(id));
        buf_char(o->b, '}');
    }
    buf_char(o->b, ']');
}

static void core_members(struct object *o)
{
    struct object list = { o->b, false };

    if (control_host.core)
        module_members(o, control_host.core);
    key(o, "rpcs");
    buf_char(o->b, '[');
    rpc_each(core_method, &list);
    buf_char(o->b, ']');
    core_stats(o);
}

void describe_json(struct buf *out)
{
    struct object core = { out, false };
    size_t n;
    const struct module **all = describe_sorted(&n);

    buf_addz(out, "{\"server\":\"tandem\",\"version\":\"" TANDEM_VERSION "\",\"modules\":[");
    for (size_t i = 0; i < n; i++) {
        struct object o = { out, false };

        buf_addz(out, i ? ",\n{" : "\n{");
        module_members(&o, all[i]);
        buf_char(out, '}');
    }
    buf_addz(out, "],\n\"core\":{");
    core_members(&core);
    buf_addz(out, "}}\n");
    mem_free(MEM_CONTROL, all);
}

void describe_modules(struct buf *out)
{
    size_t n;
    const struct module **all = describe_sorted(&n);

    for (size_t i = 0; i < n; i++)
        buf_fmt(out, "%-16s %s\n", all[i]->name, all[i]->doc);
    mem_free(MEM_CONTROL, all);
}
