/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking for names through the cache. Within one worker, whoever asks for what is being asked
 * already waits for that answer.
 */
#include "base/list.h"
#include "net/dns_state.h"
#include "rt/snapshot.h"

const struct dns_conf dns_default_conf = {
    .try_ipv6 = true,
    .use_cache = true,
    .fail_over = true,
    .udp_preference = 30,
    .tcp_preference = 20,
    .tls_preference = 10,
    .sctp_preference = 20,
    .negative_ttl_ms = 60000,
    .max_ttl_ms = 7 * 86400 * 1000LL,
    .clean_ms = 120000,
    .cache_bytes = 4 << 20,
};

/* A question that some coroutine of this worker is asking. */
struct pending {
    struct link link, waiting;
    struct str name;
    enum dns_type type;
};
struct waiter {
    struct link link;
    struct co *co;
    struct dns_answer *answer;
};

static struct {
    struct snapshot conf; /* struct dns_conf; NULL: the defaults */
    struct link pending[WORKERS_MAX];
    struct timer clean; /* of the first worker */
    unsigned stat_base;
    _Atomic(bool) silent; /* no server is to be asked */
    bool ready;
} self;

#define ROW(label, text)                                                                           \
    {                                                                                              \
        .group = "dns", .name = (label), .doc = (text)                                             \
    }
static const struct stat_decl stats[] = {
    [DNS_FAILED] = ROW("failed_dns_request", "Questions without an answer, absent names too."),
    [DNS_SLOW] = ROW("slow_dns_request", "Questions that took longer than dns_slow_query_ms."),
    [DNS_HITS] = ROW("cache_hits", "Names found in the cache."),
    [DNS_ABSENT_HITS] = ROW("cache_absent_hits", "Names known to be absent."),
    [DNS_STALE_HITS] =
        ROW("cache_stale_hits", "Answers used beyond their time because no server answered."),
    [DNS_MISSES] = ROW("cache_misses", "Names that were not in the cache."),
    [DNS_EVICTED] =
        ROW("cache_evictions", "Times that valid answers went because the cache was full."),
    { 0 },
};

void dns_stat(enum dns_stat which)
{
    stat_add(self.stat_base + which, 1);
}

/* ---- settings ---- */

const struct dns_conf *dns_conf(void)
{
    const struct dns_conf *c = snapshot_read(&self.conf);

    return c ? c : &dns_default_conf;
}

bool dns_fails_over(void)
{
    return dns_conf()->fail_over;
}

static void free_conf(void *arg)
{
    struct dns_conf *c = arg;

    mem_free(MEM_NET, (char *)(uintptr_t)c->servers.p);
    mem_free(MEM_NET, c);
}

void dns_configure(const struct dns_conf *conf)
{
    const struct dns_conf *old = dns_conf();
    struct dns_conf *c = mem_alloc(MEM_NET, sizeof *c);
    bool renew = old->retry_ms != conf->retry_ms || old->tries != conf->tries ||
                 old->servers_max != conf->servers_max || old->renewal != conf->renewal ||
                 !str_eq(old->servers, conf->servers);

    *c = *conf;
    c->servers = mem_dup(MEM_NET, conf->servers);
    snapshot_publish(&self.conf, c, free_conf);
    if (renew)
        dns_ares_renew();
}

/* "192.0.2.1", "192.0.2.1:5353", "[2001:db8::1]:53", "2001:db8::1" */
static err_t read_server(struct str text, struct addr *out)
{
    size_t colon = text.n;
    uint32_t port = 53;

    while (colon > 0 && text.p[colon - 1] != ':' && text.p[colon - 1] != ']')
        colon--;
    if (colon > 0 && text.p[colon - 1] == ':' &&
        (text.p[0] == '[' || str_find(text, ':') == colon - 1)) {
        if (str_to_u32(str_skip(text, colon), &port) || port == 0 || port > 65535)
            return ERR_SYNTAX;
        text = str_cut(text, 0, colon - 1);
    }
    return addr_parse(text, (uint16_t)port, out);
}

err_t dns_read_servers(struct str text, struct arena *a, struct str *out)
{
    struct str rest = text;
    struct buf b;
    err_t e = ERR_OK;

    buf_init(&b, MEM_NET);
    while (rest.n && !e) {
        size_t n = 0;
        struct addr addr;

        while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != ',' && rest.p[n] != '\t')
            n++;
        struct str one = str_cut(rest, 0, n);
        rest = str_skip(rest, n + 1);
        if (!one.n)
            continue;
        e = read_server(one, &addr);
        if (b.n)
            buf_char(&b, ',');
        if (!e)
            addr_print(&b, &addr);
    }
    *out = arena_dup(a, buf_str(&b));
    buf_free(&b);
    return e;
}

void dns_set_asking(bool on)
{
    atomic_store(&self.silent, !on);
}

bool dns_is_asking(void)
{
    return !atomic_load(&self.silent);
}

/* ---- asking ---- */

static struct pending *pending_of(struct str name, enum dns_type type)
{
    LIST_EACH(&self.pending[worker_index(worker_self())], struct pending, p, link)
    if (p->type == type && str_ieq(p->name, name))
        return p;
    return NULL;
}

static struct dns_answer *wait_for(struct pending *p)
{
    struct waiter w = { .co = co_self() };

    list_push(&p->waiting, &w.link);
    if (co_suspend() == ERR_OK)
        return w.answer;
    list_remove(&w.link);
    obj_drop(w.answer);
    return dns_answer_new(ERR_CANCELED);
}

/* What the network says, or what is known from before when it says nothing. */
static struct dns_answer *ask_or_remember(struct str name, enum dns_type type)
{
    struct dns_answer *a = dns_ask(name, type), *stale = NULL;

    if (!dns_conf()->use_cache || a->result == ERR_CANCELED)
        return a;
    if (a->result == ERR_TIMEOUT || a->result == ERR_BACKEND)
        stale = dns_cache_revive(name, type);
    if (!stale) {
        dns_cache_keep(name, type, a);
        return a;
    }
    dns_stat(DNS_STALE_HITS);
    obj_drop(a);
    return stale;
}

static struct dns_answer *ask_for_all(struct str name, enum dns_type type)
{
    struct pending p = { .name = name, .type = type };
    struct dns_answer *a;

    list_init(&p.waiting);
    list_push(&self.pending[worker_index(worker_self())], &p.link);
    a = ask_or_remember(name, type);
    list_remove(&p.link);
    while (!list_empty(&p.waiting)) {
        struct waiter *w = LIST_OF(p.waiting.next, struct waiter, link);

        list_remove(&w->link);
        w->answer = obj_hold(a);
        co_wake(w->co, ERR_OK);
    }
    return a;
}

struct dns_answer *dns_get(struct str name, enum dns_type type)
{
    bool asks = dns_is_asking();
    struct dns_answer *a = dns_conf()->use_cache ? dns_cache_find(name, type, !asks) : NULL;
    struct pending *p;

    ASSERT(self.ready);
    if (a) {
        dns_stat(a->result == ERR_NOT_FOUND ? DNS_ABSENT_HITS : DNS_HITS);
        return a;
    }
    dns_stat(DNS_MISSES);
    if (!asks)
        return dns_answer_new(ERR_TIMEOUT);
    p = pending_of(name, type);
    return p ? wait_for(p) : ask_for_all(name, type);
}

/* ---- begin and end ---- */

void dns_stats_register(void)
{
    self.stat_base = stat_register(stats);
}

void dns_begin(void)
{
    ASSERT(!self.ready);
    dns_cache_begin();
    for (size_t i = 0; i < WORKERS_MAX; i++)
        list_init(&self.pending[i]);
    self.ready = true;
}

static void clean(struct timer *t)
{
    int64_t ms = dns_conf()->clean_ms;

    dns_cache_clean();
    timer_set(t, ms < 1000 ? 1000 : ms, clean);
}

static void no_more_cleaning(void *arg)
{
    timer_cancel(arg);
}

err_t dns_worker_begin(void)
{
    ASSERT(self.ready);
    if (worker_index(worker_self()) == 0 && !timer_is_set(&self.clean)) {
        timer_set(&self.clean, dns_conf()->clean_ms, clean);
        worker_at_exit(no_more_cleaning, &self.clean);
    }
    return dns_ares_worker_begin();
}

void dns_end(void)
{
    dns_cache_end();
    dns_hosts_end();
    self.ready = false;
    atomic_store(&self.silent, false);

    struct dns_conf *c = atomic_exchange(&self.conf.now, NULL);

    if (c)
        free_conf(c);
}
