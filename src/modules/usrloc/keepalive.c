/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keep-alives (ka_mode): each contact gets a request every ka_interval seconds, up to ka_randomize
 * seconds later, so that they do not all leave at once. Each worker sends its share. A reply tells
 * the round trip; a contact that has sent none for ka_timeout seconds goes.
 */
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "core/receive.h"
#include "modules/usrloc/inner.h"
#include "rt/worker.h"
#include "script/value.h"
#include "sip/scan.h"

enum { KA_ALL = 1, KA_NATTED = 2, KA_UDP = 4, FILTER_SERVER_ID = 1, TICK_MS = 1000 };
static const struct str prefix = STR_INIT("z9hG4bKka.");

/* One keep-alive that waits for its moment. */
struct waiting {
    struct timer timer;
    struct link link;
    struct contact *contact; /* a reference */
    struct str aor;
    char text[];
};

/* One worker's. */
static _Thread_local struct {
    struct timer timer;
    struct link waiting;
    unsigned tick;
    bool busy, on;
} self;

struct silent {
    struct silent *next;
    struct str aor, ruid;
};
struct round {
    const struct usrloc_conf *conf;
    struct arena arena;
    struct silent *silent;
    int64_t now;
};

static void waiting_free(struct waiting *w)
{
    timer_cancel(&w->timer);
    list_remove(&w->link);
    obj_drop(w->contact);
    mem_free(MEM_LOCATION, w);
}

/* The moment it leaves is its From tag, so that the reply tells the round trip. */
static void send_to(const struct usrloc_conf *conf, struct str aor, const struct contact *c)
{
    struct ping_form form = { .prefix = prefix, .method = conf->ka_method, .from = conf->ka_from };
    char tag[24], to_text[512];
    struct buf tag_buf, to, message;
    struct flow flow;

    if (ping_flow(c, true, STR(""), &flow))
        return;
    buf_fixed(&tag_buf, tag, sizeof tag);
    buf_fmt(&tag_buf, "%llx", (unsigned long long)clock_us());
    form.from_tag = buf_str(&tag_buf);
    buf_fixed(&to, to_text, sizeof to_text);
    if (conf->use_domain)
        buf_fmt(&to, "sip:" STR_FMT, STR_ARG(aor));
    else
        buf_fmt(&to, "sip:" STR_FMT "@" STR_FMT, STR_ARG(aor), STR_ARG(conf->ka_domain));
    form.to = to.overflow ? STR("") : buf_str(&to);
    buf_init(&message, MEM_MODULE);
    ping_build(&form, aor, c, &flow, &message);
    if (net_send(&flow, buf_str(&message)))
        log_debug("usrloc", "a keep-alive was not sent");
    buf_free(&message);
}

static void its_moment(struct timer *t)
{
    struct waiting *w = LIST_OF(t, struct waiting, timer);

    send_to(usrloc_conf(), w->aor, w->contact);
    waiting_free(w);
}

static bool is_wanted(const struct round *r, const struct contact *c)
{
    const struct usrloc_conf *conf = r->conf;
    const struct generation *g = generation_peek();
    struct flow flow;

    if (contact_is_expired(c, r->now))
        return false;
    if (conf->ka_filter & FILTER_SERVER_ID && g->core &&
        c->server_id != (int32_t)g->core->server_id)
        return false;
    if (conf->ka_mode & KA_NATTED &&
        !(conf->nat_bflag >= 0 && conf->nat_bflag < 32 && c->cflags >> conf->nat_bflag & 1))
        return false;
    return !(conf->ka_mode & KA_UDP) ||
           (ping_flow(c, true, STR(""), &flow) == ERR_OK && flow.proto == PROTO_UDP);
}

static bool is_silent(const struct round *r, struct contact *c)
{
    unsigned last = atomic_load(&c->last_keepalive), none = 0;

    if (last == 0)
        atomic_compare_exchange_strong(&c->last_keepalive, &none, (unsigned)r->now);
    return r->conf->ka_timeout > 0 && last && r->now - (int64_t)last > r->conf->ka_timeout;
}

/* Under the table's lock: nothing here waits. */
static void look_at(struct str aor, struct contact *c, void *arg)
{
    struct round *r = arg;
    struct waiting *w;
    int64_t spread = r->conf->ka_randomize * 1000;

    if (!is_wanted(r, c))
        return;
    if (is_silent(r, c)) {
        struct silent *s = ARENA_NEW(&r->arena, struct silent);

        s->aor = arena_dup(&r->arena, aor);
        s->ruid = arena_dup(&r->arena, contact_text(c, CONTACT_RUID));
        s->next = r->silent;
        r->silent = s;
        return;
    }
    w = mem_zalloc(MEM_LOCATION, sizeof *w + aor.n);
    memcpy(w->text, aor.p, aor.n);
    w->aor = (struct str){ w->text, aor.n };
    w->contact = obj_hold(c);
    list_push(&self.waiting, &w->link);
    timer_set(&w->timer, spread > 0 ? (int64_t)random_below((uint32_t)spread) : 0, its_moment);
}

static err_t remove_silent(struct aor_edit *a, void *arg)
{
    const struct silent *s = arg;

    for (struct contact *c = aor_first(a), *next; c; c = next) {
        next = c->next;
        if (str_eq(contact_text(c, CONTACT_RUID), s->ruid))
            aor_expire(a, c);
    }
    return ERR_OK;
}

static void send_round(void *arg)
{
    struct round r = { .conf = usrloc_conf(), .now = clock_unix() };
    unsigned workers = workers_count(), parts = (unsigned)r.conf->ka_interval * workers;
    unsigned part = (self.tick++ * workers + worker_index(worker_self())) % parts;
    struct location *l;

    (void)arg;
    arena_init(&r.arena, MEM_LOCATION, 1024);
    for (size_t i = 0; (l = location_at(i)); i++) {
        r.silent = NULL;
        r.conf = usrloc_conf();
        location_each(l, part, parts, look_at, &r);
        for (struct silent *s = r.silent; s; s = s->next)
            if (location_update(l, s->aor, remove_silent, s))
                log_debug("usrloc", "a silent contact was not removed");
    }
    arena_free(&r.arena);
    self.busy = false;
}

static void on_tick(struct timer *t)
{
    timer_set(t, TICK_MS, on_tick);
    if (self.busy || !usrloc_conf()->ka_mode || usrloc_conf()->db_mode == DB_ONLY)
        return;
    self.busy = true;
    co_spawn(send_round, NULL);
}

void keepalive_start(void)
{
    list_init(&self.waiting);
    self.on = true;
    timer_set(&self.timer, TICK_MS, on_tick);
}

void keepalive_stop(void)
{
    if (!self.on)
        return;
    self.on = false;
    timer_cancel(&self.timer);
    LIST_EACH(&self.waiting, struct waiting, w, link)
    waiting_free(w);
}

/* ---- replies ---- */

static void answered(struct call *c, struct contact *k)
{
    const struct usrloc_conf *conf = usrloc_conf();
    struct str tag = msg_from_tag(c->msg), ruid = contact_text(k, CONTACT_RUID);
    uint64_t sent = 0, now = (uint64_t)clock_us(), took;

    for (size_t i = 0; i < tag.n && i < 16; i++) {
        int digit = char_hex(tag.p[i]);

        sent = sent << 4 | (unsigned)(digit < 0 ? 0 : digit);
    }
    took = sent && sent < now ? now - sent : 0;
    if (took > UINT32_MAX)
        took = UINT32_MAX;
    atomic_store(&k->last_keepalive, (unsigned)clock_unix());
    atomic_store(&k->round_trip_us, (unsigned)took);
    if (conf->ka_loglevel <= LOG_DEBUG && log_on((enum log_level)conf->ka_loglevel)) {
        struct str more = conf->ka_log ? format_eval(c, conf->ka_log) : STR("");

        log_write((enum log_level)conf->ka_loglevel, "usrloc",
                  "keepalive roundtrip: %u.%06u sec - ruid [" STR_FMT "]" STR_FMT,
                  (unsigned)(took / 1000000), (unsigned)(took % 1000000), STR_ARG(ruid),
                  STR_ARG(more));
    }
}

/* Whether the code counts: ka_reply_codes, or any when there is none. */
static bool counts(const struct usrloc_conf *conf, unsigned status)
{
    struct str rest = conf->ka_reply_codes;
    bool any = true;

    while (rest.n) {
        struct str one = str_trim(str_split(&rest, ','));
        uint32_t code;

        if (str_to_u32(one, &code) || code == 0)
            continue;
        if (code == status || (code < 10 && code == status / 100))
            return true;
        any = false;
    }
    return any;
}

static bool take_reply(struct call *c)
{
    if (!ping_is_reply(c, prefix))
        return false;
    if (counts(usrloc_conf(), c->msg->status))
        ping_each_answered(c, prefix, answered);
    return true;
}

void keepalive_begin(void)
{
    receive_add_filter(take_reply);
}
