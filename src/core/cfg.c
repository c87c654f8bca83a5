/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/cfg.h"
#include "base/list.h"
#include "base/log.h"
#include "net/blocklist.h"
#include "net/dns.h"
#include "net/net.h"
#include "sip/scan.h"
#include <pthread.h>

/* One that a configuration declared. */
struct declared {
    struct link link;
    struct cfg_item item;
    struct value declared, now;
    bool seen;
    bool of_instance; /* a value that an instance of a group has for itself */
};

/* One that cfg_add_instance made. */
struct instance {
    struct link link;
    struct str name;
};

static struct {
    pthread_mutex_t lock; /* of `declared`, and taken by who changes anything */
    struct link declared, instances;
    bool ready;
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void locked(void)
{
    pthread_mutex_lock(&self.lock);
    if (!self.ready) {
        list_init(&self.declared);
        list_init(&self.instances);
    }
    self.ready = true;
}

static void unlocked(void)
{
    pthread_mutex_unlock(&self.lock);
}

/* Parameters in tables. */

static const struct str tcp_prefix = STR_INIT("tcp_");

struct str cfg_group_of_module(const struct module *m)
{
    return strcmp(m->name, "debugger") == 0 ? STR("dbg") : str_of(m->name);
}

static bool is_number(const struct field *f)
{
    return f->type == FIELD_INT || f->type == FIELD_BOOL || f->type == FIELD_CHOICE ||
           f->type == FIELD_DURATION;
}

static struct cfg_item item_of(struct str group, struct str name, const struct field *f)
{
    return (struct cfg_item){ .group = group,
                              .name = name,
                              .doc = str_of(f->doc),
                              .type = is_number(f) ? VALUE_INT : VALUE_STR,
                              .read_only = f->literal || (!is_number(f) && f->type != FIELD_STR),
                              .min = f->min,
                              .max = f->max };
}

static void each_core(const struct generation *g,
                      void (*fn)(const struct cfg_item *item, void *arg), void *arg)
{
    for (const struct field *f = g->core ? core_conf_fields : NULL; f && f->name; f++) {
        struct str name = str_of(f->name);
        bool tcp = str_starts(name, tcp_prefix);
        struct cfg_item item =
            item_of(tcp ? STR("tcp") : STR("core"), tcp ? str_skip(name, tcp_prefix.n) : name, f);

        if (f->runtime)
            fn(&item, arg);
    }
}

void cfg_each(void (*fn)(const struct cfg_item *item, void *arg), void *arg)
{
    struct generation *g = generation_peek() ? generation_current() : NULL;

    for (size_t i = g ? g->n_modules : 0; i-- > 0;)
        for (const struct field *f = g->modules[i]->params; f && f->name; f++) {
            struct cfg_item item = item_of(cfg_group_of_module(g->modules[i]), str_of(f->name), f);

            if (f->runtime)
                fn(&item, arg);
        }
    if (g)
        each_core(g, fn, arg);
    obj_drop(g);
    locked();
    LIST_EACH(&self.declared, struct declared, d, link)
    if (!d->of_instance)
        fn(&d->item, arg);
    unlocked();
}

/* Where a parameter lies. */
struct place {
    const struct field *field;
    void *conf;
    struct cfg_item item;
    bool core;
    const struct module *module; /* NULL: the core */
    struct generation *gen;
};

static bool field_place(const struct field *table, struct str group, struct str name, void *conf,
                        struct place *out)
{
    const struct field *f = field_find(table, name);

    if (!f || !f->runtime || !conf)
        return false;
    out->field = f;
    out->conf = conf;
    out->item = item_of(group, str_of(f->name), f);
    return true;
}

static bool core_place(const struct generation *g, struct str group, struct str name,
                       struct place *out)
{
    void *conf = (void *)(uintptr_t)g->core; /* changed by single stores, see store() */
    char space[128];
    struct buf whole;

    out->core = true;
    if (str_eq(group, STR("core")))
        return field_place(core_conf_fields, group, name, conf, out);
    buf_fixed(&whole, space, sizeof space);
    buf_add(&whole, tcp_prefix);
    buf_add(&whole, name);
    return field_place(core_conf_fields, group, buf_str(&whole), conf, out);
}

/* `g` stays with the caller. */
static bool find_place(const struct generation *g, struct str group, struct str name,
                       struct place *out)
{
    *out = (struct place){ .gen = (void *)(uintptr_t)g };
    if (str_eq(group, STR("core")) || str_eq(group, STR("tcp"))) {
        bool found = core_place(g, group, name, out);

        out->item.read_only = found && (out->item.read_only || !is_number(out->field));
        return found;
    }
    for (size_t i = 0; i < g->n_modules; i++) {
        const struct module *m = g->modules[i];

        out->module = m;
        if (str_eq(cfg_group_of_module(m), group))
            return field_place(m->params, group, name, (void *)(uintptr_t)generation_conf(g, m),
                               out);
    }
    return false;
}

/* Readers in other threads see the old value or the new one. */
static void store(const struct field *f, void *conf, const void *value)
{
    void *at = (char *)conf + f->at;

    switch (f->type) {
    case FIELD_INT:
    case FIELD_DURATION:
        __atomic_store_n((int64_t *)at, *(const int64_t *)value, __ATOMIC_RELAXED);
        break;
    case FIELD_CHOICE: __atomic_store_n((int *)at, *(const int *)value, __ATOMIC_RELAXED); break;
    case FIELD_BOOL: __atomic_store_n((bool *)at, *(const bool *)value, __ATOMIC_RELAXED); break;
    default: ASSERT(false); /* only numbers are changed so */
    }
}

/* What the core passes on to the floors below when it changes; the lock is held. */
static void pass_on(const struct core_conf *conf)
{
    log_set_level((enum log_level)conf->debug);
    net_configure(&conf->net);
    dns_configure(&conf->dns_conf);
    blocklist_configure(&conf->blocklist);
}

void cfg_adopt(const struct core_conf *conf)
{
    locked();
    pass_on(conf);
    unlocked();
    char_allow(EXTRA_HEADER_NAME, conf->hdr_name_extra_chars);
    char_allow(EXTRA_HOST, conf->uri_host_extra_chars);
}

static err_t set_core(const struct place *p, const struct value *v, struct buf *why)
{
    struct core_conf copy;
    err_t e;

    memcpy(&copy, p->conf, sizeof copy);
    e = field_set(p->field, &copy, v, NULL, why);
    if (!e)
        e = conf_derive(&copy, why);
    if (e)
        return e;
    pass_on(&copy);
    store(p->field, p->conf, (const char *)&copy + p->field->at);
    return ERR_OK;
}

/* A text is two words, so no single store changes it: the whole configuration is copied, and the
 * copy takes its place. Who reads the old one goes on with it; both live as long as the generation,
 * whose arena is nobody else's once it is published. */
static err_t set_text(const struct place *p, const struct value *v, struct buf *why)
{
    const struct field_env env = { .arena = &p->gen->arena };
    void *copy = arena_alloc(env.arena, p->module->conf_size);
    err_t e;

    memcpy(copy, p->conf, p->module->conf_size);
    e = field_set(p->field, copy, v, &env, why);
    if (e)
        return e;
    __atomic_store_n(&p->gen->confs[p->module->slot->index], copy, __ATOMIC_RELEASE);
    if (p->module->changed)
        p->module->changed(copy);
    return ERR_OK;
}

static err_t set_module(const struct place *p, const struct value *v, struct buf *why)
{
    if (p->field->type == FIELD_STR)
        return set_text(p, v, why);

    _Alignas(16) char copy[16] = { 0 };
    struct field alone = *p->field;
    err_t e;

    alone.at = 0;
    e = field_set(&alone, copy, v, NULL, why);
    if (!e)
        store(p->field, p->conf, copy);
    if (!e && p->module->changed)
        p->module->changed(p->conf);
    return e;
}

/* Declared ones; the lock is held. */

static struct declared *find_declared(struct str group, struct str name)
{
    LIST_EACH(&self.declared, struct declared, d, link)
    if (str_eq(d->item.group, group) && str_eq(d->item.name, name))
        return d;
    return NULL;
}

static void assign(struct value *to, const struct value *from)
{
    if (to->type == VALUE_STR)
        mem_free(MEM_CONFIG, (void *)(uintptr_t)to->s.p);
    *to = *from;
    if (from->type == VALUE_STR)
        to->s = mem_dup(MEM_CONFIG, from->s);
}

static bool same_value(const struct value *a, const struct value *b)
{
    return a->type == b->type && (a->type == VALUE_STR ? str_eq(a->s, b->s) : a->i == b->i);
}

static void forget(struct declared *d)
{
    list_remove(&d->link);
    assign(&d->declared, &VALUE_NONE);
    assign(&d->now, &VALUE_NONE);
    mem_free(MEM_CONFIG, (void *)(uintptr_t)d->item.group.p);
    mem_free(MEM_CONFIG, (void *)(uintptr_t)d->item.name.p);
    mem_free(MEM_CONFIG, (void *)(uintptr_t)d->item.doc.p);
    mem_free(MEM_CONFIG, d);
}

static err_t set_declared(struct declared *d, const struct value *v, struct buf *why)
{
    struct value number = *v;

    if (d->item.type == VALUE_STR && v->type != VALUE_STR) {
        buf_addz(why, "expected a string");
        return ERR_TYPE;
    }
    if (d->item.type == VALUE_INT && v->type == VALUE_STR) {
        if (str_to_i64(v->s, &number.i)) {
            buf_addz(why, "expected an integer");
            return ERR_TYPE;
        }
        number = VALUE_OF_INT(number.i);
    }
    assign(&d->now, &number);
    return ERR_OK;
}

void cfg_declare_begin(void)
{
    locked();
    LIST_EACH(&self.declared, struct declared, d, link)
    d->seen = false;
    unlocked();
}

void cfg_declare(struct str group, struct str name, const struct value *v, struct str doc)
{
    struct declared *d;

    locked();
    d = find_declared(group, name);
    if (!d) {
        d = mem_zalloc(MEM_CONFIG, sizeof *d);
        d->item.group = mem_dup(MEM_CONFIG, group);
        d->item.name = mem_dup(MEM_CONFIG, name);
        d->item.doc = mem_dup(MEM_CONFIG, doc.p ? doc : STR("custom parameter"));
        list_push(&self.declared, &d->link);
    }
    if (!same_value(&d->declared, v)) {
        assign(&d->declared, v);
        assign(&d->now, v);
        d->item.type = v->type;
    }
    d->seen = true;
    unlocked();
}

void cfg_declare_end(void)
{
    locked();
    LIST_EACH(&self.declared, struct declared, d, link)
    if (!d->seen && !d->of_instance)
        forget(d);
    unlocked();
}

/* Instances; the lock is held. */

static struct instance *find_instance(struct str name)
{
    LIST_EACH(&self.instances, struct instance, i, link)
    if (str_eq(i->name, name))
        return i;
    return NULL;
}

/* "group" of "group[7]"; STR_NONE: it is no instance. */
static struct str group_of_instance(struct str text)
{
    struct str rest = text, group = str_split(&rest, '[');
    uint32_t id;

    if (!group.n || rest.n < 2 || rest.p[rest.n - 1] != ']' ||
        str_to_u32(str_cut(rest, 0, rest.n - 1), &id))
        return STR_NONE;
    return group;
}

/* The group that stands behind an instance there is; else the group itself. */
static struct str group_behind(struct str group)
{
    return find_instance(group) ? group_of_instance(group) : group;
}

/* A new place for a value of an instance; NULL: its group has no such variable. */
static struct declared *declare_in_instance(const struct generation *g, struct str instance,
                                            struct str name)
{
    struct str group = group_behind(instance);
    struct declared *d, *of_group = find_declared(group, name);
    struct cfg_item item;
    struct place p;

    if (str_eq(group, instance))
        return NULL;
    if (of_group)
        item = of_group->item;
    else if (g && find_place(g, group, name, &p))
        item = p.item;
    else
        return NULL;
    d = mem_zalloc(MEM_CONFIG, sizeof *d);
    d->item = item;
    d->item.group = mem_dup(MEM_CONFIG, instance);
    d->item.name = mem_dup(MEM_CONFIG, name);
    d->item.doc = mem_dup(MEM_CONFIG, item.doc);
    d->of_instance = true;
    list_push(&self.declared, &d->link);
    return d;
}

static void note_group(const struct cfg_item *item, void *arg)
{
    struct str *group = arg;

    if (group->p && str_eq(item->group, *group))
        *group = STR_NONE;
}

err_t cfg_add_instance(struct str instance)
{
    struct str group = group_of_instance(instance), wanted = group;
    struct instance *i;

    if (!group.p)
        return ERR_SYNTAX;
    cfg_each(note_group, &wanted);
    if (wanted.p)
        return ERR_NOT_FOUND;
    locked();
    if (!find_instance(instance)) {
        i = mem_zalloc(MEM_CONFIG, sizeof *i);
        i->name = mem_dup(MEM_CONFIG, instance);
        list_push(&self.instances, &i->link);
    }
    unlocked();
    return ERR_OK;
}

err_t cfg_remove_instance(struct str instance)
{
    struct instance *i;

    locked();
    i = find_instance(instance);
    LIST_EACH(&self.declared, struct declared, d, link)
    if (i && d->of_instance && str_eq(d->item.group, instance))
        forget(d);
    if (i) {
        list_remove(&i->link);
        mem_free(MEM_CONFIG, (void *)(uintptr_t)i->name.p);
        mem_free(MEM_CONFIG, i);
    }
    unlocked();
    return i ? ERR_OK : ERR_NOT_FOUND;
}

bool cfg_has_instance(struct str instance)
{
    bool found;

    locked();
    found = find_instance(instance) != NULL;
    unlocked();
    return found;
}

static struct str locked_group_behind(struct str group)
{
    struct str out;

    locked();
    out = group_behind(group);
    unlocked();
    return out;
}

/* The whole of it. */

err_t cfg_find(struct str group, struct str name, struct cfg_item *out)
{
    struct generation *g = generation_peek() ? generation_current() : NULL;
    struct place p;
    struct declared *d;
    bool found = g && find_place(g, group, name, &p);
    struct str behind;

    obj_drop(g);
    if (found) {
        if (out)
            *out = p.item;
        return ERR_OK;
    }
    locked();
    d = find_declared(group, name);
    if (d && out)
        *out = d->item;
    unlocked();
    if (d)
        return ERR_OK;
    behind = locked_group_behind(group);
    return str_eq(behind, group) ? ERR_NOT_FOUND : cfg_find(behind, name, out);
}

err_t cfg_get(struct str group, struct str name, struct arena *a, struct value *out)
{
    struct generation *g = generation_peek() ? generation_current() : NULL;
    struct place p;
    struct declared *d = NULL;
    bool found = g && find_place(g, group, name, &p);
    struct str behind;

    if (found) {
        struct value v = field_get(p.field, p.conf);

        *out = value_dup(&v, a);
    } else {
        locked();
        d = find_declared(group, name);
        if (d)
            *out = value_dup(&d->now, a);
        unlocked();
    }
    obj_drop(g);
    if (found || d)
        return ERR_OK;
    behind = locked_group_behind(group);
    return str_eq(behind, group) ? ERR_NOT_FOUND : cfg_get(behind, name, a, out);
}

err_t cfg_set(struct str group, struct str name, const struct value *v, struct buf *why)
{
    struct generation *g;
    struct place p;
    struct declared *d;
    err_t e = ERR_NOT_FOUND;

    /* Asked for under the lock: a reload that publishes another now passes its settings on after
     * these (cfg_adopt), not before. */
    locked();
    g = generation_peek() ? generation_current() : NULL;
    if (g && find_place(g, group, name, &p)) {
        if (p.item.read_only) {
            buf_addz(why, "this one changes with the configuration file and a reload only");
            e = ERR_UNSUPPORTED;
        } else {
            e = (p.core ? set_core : set_module)(&p, v, why);
        }
    } else if ((d = find_declared(group, name)) || (d = declare_in_instance(g, group, name))) {
        e = set_declared(d, v, why);
        if (e && d->of_instance && d->now.type == VALUE_NULL)
            forget(d);
    } else {
        buf_addz(why, "there is no such variable");
    }
    unlocked();
    obj_drop(g);
    return e;
}

err_t cfg_reset(struct str group, struct str name, struct buf *why)
{
    struct declared *d;

    locked();
    d = find_declared(group, name);
    if (d && d->of_instance)
        forget(d);
    else if (d)
        assign(&d->now, &d->declared);
    unlocked();
    if (d)
        return ERR_OK;
    if (cfg_find(group, name, NULL)) {
        buf_addz(why, "there is no such variable");
        return ERR_NOT_FOUND;
    }
    buf_addz(why, "parameters come back to what the file says with config.reload");
    return ERR_UNSUPPORTED;
}
