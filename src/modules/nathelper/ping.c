/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pings that keep NAT bindings open. Each worker sends its share: the location table is walked in
 * as many parts as the interval has seconds times the number of workers, one part each second.
 */
#include "base/clock.h"
#include "base/log.h"
#include "core/generation.h"
#include "modules/nathelper/nat.h"
#include "modules/usrloc/usrloc.h"
#include "rt/worker.h"

#define AREA "nathelper"

static const struct str branch_prefix = STR_INIT("z9hG4bKping.");

struct pinger {
    struct timer timer;
    unsigned tick;
};
static _Thread_local struct pinger *mine;

/* A contact whose answers stopped, to be removed once no lock is held. */
struct lost {
    struct lost *next;
    struct str aor, ruid;
};

struct round {
    const struct nathelper_conf *conf;
    struct location *location;
    struct arena arena;
    struct lost *lost;
    int64_t now;
};

static bool has_flag(const struct contact *c, int64_t flag)
{
    return flag >= 0 && flag < 32 && c->cflags >> flag & 1;
}

static bool is_lost(const struct round *r, struct contact *c)
{
    unsigned last = atomic_load(&c->last_keepalive), none = 0;

    if (r->conf->keepalive_timeout <= 0)
        return false;
    if (last == 0) {
        atomic_compare_exchange_strong(&c->last_keepalive, &none, (unsigned)r->now);
        return false;
    }
    return r->now - (int64_t)last > r->conf->keepalive_timeout;
}

static bool wants_ping(const struct round *r, const struct contact *c)
{
    const struct generation *g = generation_peek();

    if (contact_is_expired(c, r->now) || has_flag(c, r->conf->natping_disable_bflag))
        return false;
    if (r->conf->filter_server_id && g->core && c->server_id != (int32_t)g->core->server_id)
        return false;
    return !r->conf->ping_nated_only || has_flag(c, usrloc_settings().nat_flag);
}

/* Under the table's lock: nothing here waits. */
static void ping_contact(struct str aor, struct contact *c, void *arg)
{
    static const char zeros[4];
    struct round *r = arg;
    bool sip = r->conf->sipping_from.n && has_flag(c, r->conf->sipping_bflag);
    struct flow to;
    struct buf b;

    if (!wants_ping(r, c) || ping_flow(c, !r->conf->ignore_path, r->conf->force_socket, &to))
        return;
    if (sip && to.proto == PROTO_UDP && is_lost(r, c)) {
        struct lost *l = ARENA_NEW(&r->arena, struct lost);

        l->aor = arena_dup(&r->arena, aor);
        l->ruid = arena_dup(&r->arena, contact_text(c, CONTACT_RUID));
        l->next = r->lost;
        r->lost = l;
        return;
    }
    if (!sip) {
        if (to.proto == PROTO_UDP && net_send(&to, (struct str){ zeros, sizeof zeros }))
            log_debug(AREA, "a ping was not sent");
        return;
    }
    buf_init(&b, MEM_MODULE);
    ping_build(&(struct ping_form){ .prefix = branch_prefix,
                                    .method = r->conf->sipping_method,
                                    .from = r->conf->sipping_from },
               aor, c, &to, &b);
    if (net_send(&to, buf_str(&b)))
        log_debug(AREA, "a ping was not sent");
    buf_free(&b);
}

static err_t remove_lost(struct aor_edit *a, void *arg)
{
    const struct lost *l = arg;

    for (struct contact *c = aor_first(a), *next; c; c = next) {
        next = c->next;
        if (str_eq(contact_text(c, CONTACT_RUID), l->ruid))
            aor_remove(a, c);
    }
    return ERR_OK;
}

static void send_round(void *arg)
{
    struct pinger *p = arg;
    struct generation *gen = generation_current();
    struct round r = { .conf = generation_conf(gen, &module_nathelper), .now = clock_unix() };
    unsigned tick = p->tick++; /* the pinger may be gone after a wait */
    unsigned workers = workers_count(), interval = (unsigned)r.conf->natping_interval;

    arena_init(&r.arena, MEM_MODULE, 1024);
    for (size_t i = 0; interval && (r.location = location_at(i)); i++) {
        unsigned parts = interval * workers;

        r.lost = NULL;
        location_each(r.location, (tick * workers + worker_index(worker_self())) % parts, parts,
                      ping_contact, &r);
        for (struct lost *l = r.lost; l; l = l->next)
            if (location_update(r.location, l->aor, remove_lost, l))
                log_debug(AREA, "a lost contact was not removed");
    }
    arena_free(&r.arena);
    obj_drop(gen);
}

static void on_second(struct timer *t)
{
    struct pinger *p = LIST_OF(t, struct pinger, timer);

    timer_set(t, 1000, on_second);
    if (ping_is_enabled() && generation_peek() && nathelper_conf_now()->natping_interval > 0)
        co_spawn(send_round, p);
}

void ping_worker_start(void)
{
    mine = mem_zalloc(MEM_MODULE, sizeof *mine);
    timer_set(&mine->timer, 1000, on_second);
}

void ping_worker_stop(void)
{
    if (!mine)
        return;
    timer_cancel(&mine->timer);
    mem_free(MEM_MODULE, mine);
    mine = NULL;
}

static void note_answer(struct call *c, struct contact *k)
{
    (void)c;
    atomic_store(&k->last_keepalive, (unsigned)clock_unix());
}

bool ping_take_reply(struct call *c)
{
    if (!ping_is_reply(c, branch_prefix))
        return false;
    if (nathelper_conf_now()->keepalive_timeout > 0)
        ping_each_answered(c, branch_prefix, note_answer);
    return true;
}
