/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Serial forking by q: t_load_contacts() lays the targets out in an XAVP, best group last pushed;
 * t_next_contacts() takes one group of equal q after the other.
 */
#include "base/random.h"
#include "modules/tm/tm.h"
#include <stdlib.h>

static const struct tm_conf *conf_here(struct call *c)
{
    return call_conf(c, &module_tm);
}

static void put_str(struct vars *v, struct xavp *item, const char *name, struct str s)
{
    if (s.n)
        xavp_field_push(v, item, str_of(name), &VALUE_OF_STR(s));
}

static void put_int(struct vars *v, struct xavp *item, const char *name, int64_t n)
{
    xavp_field_push(v, item, str_of(name), &VALUE_OF_INT(n));
}

static struct xavp *push_target(struct call *c, struct str name, const struct target *t)
{
    struct xavp *item = xavp_push(c->vars, XAVP, name);

    put_str(c->vars, item, "uri", t->uri.p ? t->uri : c->msg->uri);
    put_str(c->vars, item, "dst_uri", t->dst_uri);
    put_str(c->vars, item, "path", t->path);
    put_str(c->vars, item, "instance", t->instance);
    put_str(c->vars, item, "ruid", t->ruid);
    put_str(c->vars, item, "ua", t->location_ua);
    put_str(c->vars, item, "sock", t->socket ? t->socket->text : STR_NONE);
    put_int(c->vars, item, "flags", t->flags);
    return item;
}

static int q_of(const struct target *t)
{
    return t->q; /* one without comes last, as -1 */
}

static int by_q(const void *a, const void *b)
{
    const struct target *const *x = a, *const *y = b;

    return q_of(*x) - q_of(*y);
}

static uint64_t chance(const struct target *t)
{
    return t->q < 0 ? 0 : (uint64_t)t->q;
}

/* Draws an order in which a target's chance to come first is as its q. Best last. */
static void draw(const struct target **list, size_t n)
{
    for (size_t end = n; end > 1; end--) {
        uint64_t sum = 0;

        for (size_t i = 0; i < end; i++)
            sum += chance(list[i]);
        if (!sum)
            return;
        uint64_t at = random_below(sum);
        size_t pick = 0;
        while (at >= chance(list[pick]))
            at -= chance(list[pick++]);
        const struct target *chosen = list[pick];
        list[pick] = list[end - 1];
        list[end - 1] = chosen;
    }
}

int t_load_contacts(struct call *c, const struct number_args *a)
{
    size_t n = call_target_count(c);
    const struct target *list[TARGETS_MAX];

    if (!conf_here(c)->contacts_avp.n)
        return SCRIPT_FALSE;
    if (n < 2)
        return SCRIPT_TRUE;
    for (size_t i = 0; i < n; i++)
        list[i] = call_target(c, i);
    qsort(list, n, sizeof *list, by_q);
    if (a->value)
        draw(list, n);
    for (size_t i = 0; i < n; i++) {
        bool last_of_group = a->value || i == 0 || q_of(list[i]) != q_of(list[i - 1]);
        struct xavp *item = push_target(c, conf_here(c)->contacts_avp, list[i]);

        put_int(c->vars, item, "q_flag", last_of_group);
    }
    call_clear_targets(c);
    return SCRIPT_TRUE;
}

static struct str get_str(struct call *c, const struct xavp *item, const char *name)
{
    struct xavp *f = xavp_field(c->vars, XAVP, item, str_of(name), 0);

    return f && f->value.type == VALUE_STR ? arena_dup(c->arena, f->value.s) : STR_NONE;
}

static int64_t get_int(struct call *c, const struct xavp *item, const char *name)
{
    struct xavp *f = xavp_field(c->vars, XAVP, item, str_of(name), 0);

    return f && f->value.type == VALUE_INT ? f->value.i : 0;
}

static struct target read_target(struct call *c, const struct xavp *item)
{
    struct target t = { .uri = get_str(c, item, "uri"),
                        .dst_uri = get_str(c, item, "dst_uri"),
                        .path = get_str(c, item, "path"),
                        .instance = get_str(c, item, "instance"),
                        .ruid = get_str(c, item, "ruid"),
                        .location_ua = get_str(c, item, "ua"),
                        .flags = (uint32_t)get_int(c, item, "flags"),
                        .q = -1 };
    struct str rest = get_str(c, item, "sock");
    struct str proto = str_split(&rest, ':');
    size_t colon = rest.n;
    uint32_t port;

    while (colon && rest.p[colon - 1] != ':')
        colon--;
    if (colon && str_to_u32(str_skip(rest, colon), &port) == ERR_OK)
        t.socket = listener_find(str_cut(rest, 0, colon - 1), (uint16_t)port, proto_of(proto));
    return t;
}

/* The first becomes the request's own target, the others branches. */
static err_t use_target(struct call *c, const struct target *t, bool first)
{
    if (!first)
        return call_add_target(c, t);
    err_t e = call_set_uri(c, t->uri);
    if (e)
        return e;
    struct str uri = c->targets[0].uri;
    c->targets[0] = *t;
    c->targets[0].uri = uri;
    return ERR_OK;
}

static bool seen(const struct target *list, size_t n, struct str instance)
{
    for (size_t i = 0; instance.n && i < n; i++) {
        if (str_eq(list[i].instance, instance))
            return true;
    }
    return false;
}

static void keep_flow(struct call *c, const struct target *t)
{
    struct str name = conf_here(c)->contact_flows_avp;

    if (name.n)
        push_target(c, name, t);
}

int t_next_contacts(struct call *c)
{
    struct str name = conf_here(c)->contacts_avp;
    struct target used[TARGETS_MAX];
    size_t n = 0;
    bool more = true;

    if (!name.n)
        return SCRIPT_FALSE;
    if (!xavp_find(c->vars, XAVP, name, 0))
        return -2;
    call_clear_targets(c);
    while (more && n < TARGETS_MAX) {
        const struct xavp *item = xavp_find(c->vars, XAVP, name, 0);

        if (!item)
            break;
        struct target t = read_target(c, item);
        more = !get_int(c, item, "q_flag");
        xavp_remove(c->vars, XAVP, name, 0);
        if (seen(used, n, t.instance)) {
            keep_flow(c, &t);
            continue;
        }
        if (use_target(c, &t, n == 0) != ERR_OK)
            return SCRIPT_FALSE;
        used[n++] = t;
    }
    return SCRIPT_TRUE;
}

int t_next_contact_flow(struct call *c)
{
    struct str name = conf_here(c)->contact_flows_avp;
    struct txn_branch *b = txn_current_branch(c);

    if (!name.n || !b)
        return SCRIPT_FALSE;
    for (int64_t i = 0;; i++) {
        const struct xavp *item = xavp_find(c->vars, XAVP, name, i);

        if (!item)
            return -2;
        if (!str_eq(get_str(c, item, "instance"), b->instance))
            continue;
        struct target t = read_target(c, item);
        xavp_remove(c->vars, XAVP, name, i);
        return use_target(c, &t, true) ? SCRIPT_FALSE : SCRIPT_TRUE;
    }
}
