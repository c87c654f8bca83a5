/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/call.h"
#include "base/clock.h"
#include "core/run.h"

struct call_upcalls call_upcalls;
struct txn_upcalls txn_upcalls;

static struct {
    unsigned slots;
} self;

unsigned call_slot_new(void)
{
    ASSERT(self.slots < CALL_SLOTS);
    return self.slots++;
}

struct str call_uri_text(const struct call *c)
{
    return c->targets[0].uri.p ? c->targets[0].uri : c->msg->uri;
}

const struct uri *call_uri(struct call *c, err_t *e)
{
    struct uri *u;
    err_t ours;

    if (!e)
        e = &ours;
    *e = ERR_OK;
    if (c->cached_uri)
        return c->cached_uri;
    if (!c->targets[0].uri.p)
        return c->cached_uri = msg_ruri(c->msg, e);
    u = ARENA_NEW(c->arena, struct uri);
    *e = uri_parse(c->targets[0].uri, u);
    return *e ? NULL : (c->cached_uri = u);
}

err_t call_set_uri(struct call *c, struct str uri)
{
    struct uri *u = ARENA_NEW(c->arena, struct uri);
    struct str copy = arena_dup(c->arena, uri);
    err_t e = uri_parse(copy, u);

    if (e)
        return e;
    c->targets[0].uri = copy;
    c->cached_uri = u;
    c->uri_rewritten = true;
    if (!c->targets[0].dst_uri.n)
        c->targets[0].flow = NULL; /* it led to the old one */
    return ERR_OK;
}

void call_reset_uri(struct call *c)
{
    c->targets[0].uri = STR_NONE;
    c->cached_uri = NULL;
    c->uri_rewritten = false;
    if (!c->targets[0].dst_uri.n)
        c->targets[0].flow = NULL;
}

void call_set_dst_uri(struct call *c, struct str uri)
{
    c->targets[0].dst_uri = arena_dup(c->arena, uri);
    c->targets[0].flow = NULL;
}

static size_t branches_max(const struct call *c)
{
    size_t max = c->gen && c->gen->core ? (size_t)c->gen->core->max_branches : 12;

    return max > TARGETS_MAX ? TARGETS_MAX : max;
}

err_t call_add_target(struct call *c, const struct target *t)
{
    size_t max = branches_max(c);
    struct target *mine;

    if (c->n_more_targets + 1 >= max)
        return ERR_LIMIT;
    if (!c->more_targets)
        c->more_targets = ARENA_ARRAY(c->arena, struct target, max);
    mine = &c->more_targets[c->n_more_targets++];
    *mine = *t;
    target_own(mine, c->arena);
    return ERR_OK;
}

void target_own(struct target *t, struct arena *a)
{
    struct str *const texts[] = { &t->uri,  &t->dst_uri,    &t->path,        &t->instance,
                                  &t->ruid, &t->user_agent, &t->location_ua, &t->alias };

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = arena_dup(a, *texts[i]);
    if (t->flow) {
        struct flow *flow = arena_alloc(a, sizeof *flow);

        *flow = *t->flow;
        t->flow = flow;
    }
}

void call_clear_targets(struct call *c)
{
    c->n_more_targets = 0;
}

struct target *call_target(struct call *c, size_t i)
{
    return i == 0 ? &c->targets[0] : &c->more_targets[i - 1];
}

size_t call_target_count(const struct call *c)
{
    return 1 + c->n_more_targets;
}

void call_add_build_hook(struct call *c, const struct build_hook *hook)
{
    struct build_hook **at = &c->build_hooks;
    struct build_hook one = *hook;

    one.next = NULL;
    while (*at)
        at = &(*at)->next;
    *at = build_hooks_copy(&one, c->arena);
}

void call_remove_build_hooks(struct call *c,
                             err_t (*fn)(struct call *c, const struct build_hook *hook,
                                         const struct hop *hop, struct edit_list *edits))
{
    struct build_hook **at = &c->build_hooks;

    while (*at)
        if ((*at)->fn == fn)
            *at = (*at)->next;
        else
            at = &(*at)->next;
}

struct build_hook *build_hooks_copy(const struct build_hook *from, struct arena *to)
{
    struct build_hook *first = NULL, **at = &first;

    for (; from; from = from->next) {
        *at = ARENA_NEW(to, struct build_hook);
        (*at)->fn = from->fn;
        (*at)->flags = from->flags;
        (*at)->of_replies = from->of_replies;
        for (size_t i = 0; i < sizeof from->text / sizeof *from->text; i++)
            (*at)->text[i] = arena_dup(to, from->text[i]);
        at = &(*at)->next;
    }
    return first;
}

/* What stands in where a route runs without a message. */
static const struct str internal_request =
    STR_INIT("OPTIONS sip:tandem@localhost SIP/2.0\r\n"
             "Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKinternal\r\n"
             "From: <sip:tandem@localhost>;tag=internal\r\n"
             "To: <sip:tandem@localhost>\r\n"
             "Call-ID: internal@localhost\r\n"
             "CSeq: 1 OPTIONS\r\n"
             "Max-Forwards: 70\r\n"
             "Content-Length: 0\r\n\r\n");

void call_run_detached(struct generation *gen, struct msg *msg,
                       void (*fn)(struct call *c, void *arg), void *arg)
{
    struct run *r = run_begin();
    struct call *c = &r->call;

    c->gen = gen ? obj_hold(gen) : generation_current();
    c->route = ROUTE_EVENT;
    c->received_us = clock_unix_us();
    if (msg) {
        c->msg = msg;
    } else {
        err_t e = msg_parse(internal_request, &msg_default_limits, c->arena, c->msg, NULL);

        ASSERT(e == ERR_OK);
    }
    fn(c, arg);
    run_end(r);
}

static void run_event(struct call *c, void *arg)
{
    if (call_upcalls.has_route && call_upcalls.has_route(c->gen, ROUTE_EVENT, arg))
        call_upcalls.run_route(c, ROUTE_EVENT, arg);
}

void call_run_event(struct generation *gen, const char *name)
{
    call_run_detached(gen, NULL, run_event, (void *)(uintptr_t)name);
}
