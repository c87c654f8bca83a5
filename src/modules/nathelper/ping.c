/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pings that keep NAT bindings open. Each worker sends its share: the location table is walked in
 * as many parts as the interval has seconds times the number of workers, one part each second.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "core/generation.h"
#include "modules/nathelper/nat.h"
#include "modules/usrloc/usrloc.h"
#include "rt/worker.h"
#include "sip/build.h"
#include "sip/scan.h"

#define AREA "nathelper"

/* Behind it stand a token, a dot and the contact's unique id. */
static const struct str branch_prefix = STR_INIT("z9hG4bKping.");
enum { TOKEN_LENGTH = 12 };

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

/* Where the contact is really reached: what was seen, the first of its Path, or what it says. */
static err_t flow_of(const struct round *r, const struct contact *c, struct flow *out)
{
    struct str text = contact_text(c, CONTACT_RECEIVED), path = contact_text(c, CONTACT_PATH);
    struct address first;
    struct uri u;

    *out = (struct flow){ .flags = FLOW_NO_CONNECT, .local = c->socket };
    if (path.n && !r->conf->ignore_path && address_next(&path, &first) == ERR_OK)
        text = first.uri_text;
    if (text.n == 0)
        text = contact_text(c, CONTACT_URI);
    if (uri_parse(text, &u))
        return ERR_SYNTAX;
    out->proto = uri_proto(&u) == PROTO_NONE ? PROTO_UDP : uri_proto(&u);
    out->connection = proto_is_stream(out->proto) ? c->connection : 0;
    if (addr_parse(u.maddr.n ? u.maddr : u.host, uri_port(&u), &out->peer))
        return ERR_NOT_FOUND;
    if (!out->local && r->conf->force_socket.n) {
        struct str port = r->conf->force_socket, host = str_split(&port, ':');
        uint32_t number = 0;

        if (port.n == 0 || str_to_u32(port, &number) == ERR_OK)
            out->local = listener_find(host, (uint16_t)number, PROTO_UDP);
    }
    if (!out->local)
        out->local = listener_for(out->proto, &out->peer);
    return out->local ? ERR_OK : ERR_UNREACHABLE;
}

/* A request of its own: its branch names the contact and its Call-ID the AOR, so that the answer
 * finds it. */
static void build_ping(const struct round *r, struct str aor, const struct contact *c,
                       const struct flow *to, struct buf *b)
{
    const struct listener *ln = to->local;
    struct str uri = contact_text(c, CONTACT_URI), ruid = contact_text(c, CONTACT_RUID);
    struct buf via, token, call_id, from, target;

    buf_init(&via, MEM_MODULE);
    buf_init(&token, MEM_MODULE);
    buf_init(&call_id, MEM_MODULE);
    buf_init(&from, MEM_MODULE);
    buf_init(&target, MEM_MODULE);
    random_token(&token, TOKEN_LENGTH);
    buf_hex(&call_id, aor);
    buf_char(&call_id, '.');
    buf_add(&call_id, buf_str(&token));
    buf_fmt(&via,
            "SIP/2.0/" STR_FMT " " STR_FMT ":" STR_FMT ";branch=" STR_FMT STR_FMT "." STR_FMT
            ";rport",
            STR_ARG(proto_via_name(to->proto)), STR_ARG(ln->advertised_host),
            STR_ARG(ln->advertised_port_text), STR_ARG(branch_prefix), STR_ARG(buf_str(&token)),
            STR_ARG(ruid));
    buf_fmt(&from, "<" STR_FMT ">;tag=" STR_FMT, STR_ARG(r->conf->sipping_from),
            STR_ARG(buf_str(&token)));
    buf_fmt(&target, "<" STR_FMT ">", STR_ARG(uri));
    build_request(b, &(struct request_parts){ .method = r->conf->sipping_method,
                                              .uri = uri,
                                              .via = buf_str(&via),
                                              .from = buf_str(&from),
                                              .to = buf_str(&target),
                                              .call_id = buf_str(&call_id),
                                              .cseq = 1 });
    buf_free(&via);
    buf_free(&token);
    buf_free(&call_id);
    buf_free(&from);
    buf_free(&target);
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

    if (!wants_ping(r, c) || flow_of(r, c, &to))
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
    build_ping(r, aor, c, &to, &b);
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

static struct str unhex(struct str hex, struct arena *a)
{
    char *out = arena_alloc(a, hex.n / 2 + 1);

    for (size_t i = 0; i + 1 < hex.n; i += 2)
        out[i / 2] = (char)(char_hex(hex.p[i]) << 4 | char_hex(hex.p[i + 1]));
    return (struct str){ out, hex.n / 2 };
}

static void note_answer(struct call *c, struct str ruid)
{
    struct str call_id = msg_call_id(c->msg), aor;
    struct location *l;

    aor = unhex(str_split(&call_id, '.'), c->arena);
    for (size_t i = 0; (l = location_at(i)); i++) {
        struct contact_list list;

        if (location_get(l, aor, c->arena, &list))
            continue;
        for (size_t k = 0; k < list.n; k++)
            if (str_eq(contact_text(list.at[k], CONTACT_RUID), ruid))
                atomic_store(&list.at[k]->last_keepalive, (unsigned)clock_unix());
        contact_list_drop(&list);
    }
}

bool ping_take_reply(struct call *c)
{
    const struct via *top = c->msg->request ? NULL : msg_via(c->msg, 0, NULL);

    if (!top || !str_starts(top->branch, branch_prefix) || msg_via(c->msg, 1, NULL))
        return false;
    if (nathelper_conf_now()->keepalive_timeout > 0)
        note_answer(c, str_skip(top->branch, branch_prefix.n + TOKEN_LENGTH + 1));
    return true;
}
