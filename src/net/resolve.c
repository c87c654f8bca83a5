/* SPDX-License-Identifier: BSD-2-Clause */
/* Locating SIP servers (RFC 3263, 4): which protocol, which port, which addresses, in which order.
 */
#include "base/random.h"
#include "net/dns_state.h"
#include "net/listener.h"

enum { TARGETS_MAX = 32, NAME_SPACE = 300 };

struct search {
    const struct dns_query *q;
    struct dns_target *out;
    size_t n;
    err_t worst; /* why nothing was found: no such name, or something that may pass */
};

static void note(struct search *s, err_t e)
{
    if (e == ERR_BACKEND) /* a server that failed, or talks nonsense: as good as silent */
        e = ERR_TIMEOUT;
    if (e && (s->worst == ERR_NOT_FOUND || e == ERR_CANCELED))
        s->worst = e;
}

/* Whether we could send there at all. Without listeners (tools) any will do. */
static bool usable(enum proto proto, int family)
{
    const struct listeners *all = listeners_now();

    for (size_t i = 0; all && i < all->n; i++)
        if (all->at[i]->proto == proto && all->at[i]->addr.sa.sa_family == family)
            return true;
    return !all || all->n == 0;
}

static bool known_proto(enum proto proto)
{
    return proto == PROTO_UDP || proto == PROTO_TCP ||
           (proto != PROTO_NONE && (usable(proto, AF_INET) || usable(proto, AF_INET6)));
}

static bool enough(const struct search *s)
{
    return s->n == TARGETS_MAX || (s->n > 0 && s->q->first_only);
}

static void add(struct search *s, enum proto proto, const struct addr *ip, uint16_t port)
{
    if (enough(s) || !usable(proto, ip->sa.sa_family))
        return;
    s->out[s->n] = (struct dns_target){ proto, *ip };
    addr_set_port(&s->out[s->n].addr, port ? port : proto_default_port(proto));
    s->n++;
}

/* Addresses of a host. */

/* False: there is none. */
static bool add_family(struct search *s, struct str host, enum proto proto, uint16_t port,
                       enum dns_type type)
{
    struct dns_answer *a = dns_get(host, type);

    note(s, a->result);
    for (size_t i = 0; i < a->n; i++)
        add(s, proto, &a->records[i].addr, port);

    bool any = a->n > 0;

    obj_drop(a);
    return any;
}

static bool wants(int family)
{
    const struct dns_conf *conf = dns_conf();

    if (family == AF_INET6)
        return conf->try_ipv6 && !(conf->flags & DNS_ONLY_IPV4);
    return !(conf->flags & DNS_ONLY_IPV6);
}

static void ask_addresses(struct search *s, struct str host, enum proto proto, uint16_t port)
{
    bool v4 = wants(AF_INET) && usable(proto, AF_INET);
    bool v6 = wants(AF_INET6) && usable(proto, AF_INET6);

    if (dns_conf()->flags & DNS_PREFER_IPV6 && v6 && add_family(s, host, proto, port, DNS_AAAA))
        return;
    if (v4)
        add_family(s, host, proto, port, DNS_A);
    if (v6 && !enough(s) && !(dns_conf()->flags & DNS_PREFER_IPV6))
        add_family(s, host, proto, port, DNS_AAAA);
}

static void add_host(struct search *s, struct str host, enum proto proto, uint16_t port)
{
    struct addr known[8];
    size_t n;

    if (addr_parse(host, 0, &known[0]) == ERR_OK) {
        add(s, proto, &known[0], port);
        return;
    }
    if (dns_hosts_find(host, known, sizeof known / sizeof *known, &n) == ERR_OK) {
        for (size_t i = 0; i < n; i++)
            if (wants(known[i].sa.sa_family))
                add(s, proto, &known[i], port);
        return;
    }
    ask_addresses(s, host, proto, port);
}

/* Service records, in the order of RFC 2782. */

static bool srv_before(const struct dns_record *a, const struct dns_record *b)
{
    if (a->priority != b->priority)
        return a->priority < b->priority;
    if (dns_conf()->srv_balance)
        return a->weight == 0 && b->weight > 0; /* so that they are hardly ever drawn */
    return a->weight > b->weight;
}

static void sort(struct dns_record *r, size_t n,
                 bool (*before)(const struct dns_record *a, const struct dns_record *b))
{
    for (size_t i = 1; i < n; i++) {
        struct dns_record moving = r[i];
        size_t k = i;

        for (; k > 0 && before(&moving, &r[k - 1]); k--)
            r[k] = r[k - 1];
        r[k] = moving;
    }
}

/* Puts one of r[0…n-1], which share a priority, first: each in proportion to its weight. */
static void draw_first(struct dns_record *r, size_t n)
{
    uint64_t sum = 0, dice;
    size_t i = 0;

    for (size_t k = 0; k < n; k++)
        sum += r[k].weight;
    if (sum == 0)
        return;
    dice = random_below(sum + 1);
    while (i + 1 < n && dice > r[i].weight) {
        dice -= r[i].weight;
        i++;
    }

    struct dns_record drawn = r[i];

    memmove(r + 1, r, i * sizeof *r);
    r[0] = drawn;
}

static void order_services(struct dns_record *r, size_t n)
{
    sort(r, n, srv_before);
    for (size_t i = 0; dns_conf()->srv_balance && i < n; i++) {
        size_t same = 1;

        while (i + same < n && r[i + same].priority == r[i].priority)
            same++;
        draw_first(r + i, same);
    }
}

/* Whether there are service records (even if they lead nowhere). */
static bool add_service(struct search *s, struct str name, enum proto proto)
{
    struct dns_answer *a = dns_get(name, DNS_SRV);
    struct dns_record r[TARGETS_MAX];
    size_t n = a->n < TARGETS_MAX ? a->n : TARGETS_MAX;

    if (a->result != ERR_NOT_FOUND)
        note(s, a->result);
    if (n)
        memcpy(r, a->records, n * sizeof *r);
    order_services(r, n);
    for (size_t i = 0; i < n && !enough(s); i++)
        if (r[i].target.n)
            add_host(s, r[i].target, proto, r[i].port);
    obj_drop(a);
    return n > 0;
}

static bool add_service_of(struct search *s, enum proto proto)
{
    char space[NAME_SPACE];
    bool secure = s->q->secure || proto == PROTO_TLS;
    struct buf b;

    buf_fixed(&b, space, sizeof space);
    buf_fmt(&b, "_%s._%s." STR_FMT, secure ? "sips" : "sip",
            proto == PROTO_UDP    ? "udp"
            : proto == PROTO_SCTP ? "sctp"
                                  : "tcp",
            STR_ARG(s->q->host));
    return !b.overflow && add_service(s, buf_str(&b), proto);
}

/* Which protocols the domain offers. */

static enum proto proto_of_service(struct str service, bool secure)
{
    static const struct {
        const char *service;
        enum proto proto;
    } known[] = { { "SIPS+D2T", PROTO_TLS },
                  { "SIP+D2U", PROTO_UDP },
                  { "SIP+D2T", PROTO_TCP },
                  { "SIP+D2S", PROTO_SCTP } };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_ieq(service, str_of(known[i].service)) && (!secure || known[i].proto == PROTO_TLS))
            return known_proto(known[i].proto) ? known[i].proto : PROTO_NONE;
    return PROTO_NONE;
}

static int preference_of(enum proto proto)
{
    const struct dns_conf *conf = dns_conf();

    switch (proto) {
    case PROTO_UDP: return conf->udp_preference;
    case PROTO_TCP: return conf->tcp_preference;
    case PROTO_TLS: return conf->tls_preference;
    case PROTO_SCTP: return conf->sctp_preference;
    default: return -1;
    }
}

/* In our order of protocols, or in that of the domain (dns_naptr_ignore_rfc). */
static bool naptr_before(const struct dns_record *a, const struct dns_record *b)
{
    if (dns_conf()->preferences_first) {
        int ours = preference_of(proto_of_service(a->service, false));
        int theirs = preference_of(proto_of_service(b->service, false));

        if (ours != theirs)
            return ours > theirs;
    }
    return a->priority != b->priority ? a->priority < b->priority : a->weight < b->weight;
}

static bool add_pointers(struct search *s)
{
    struct dns_answer *a = dns_get(s->q->host, DNS_NAPTR);
    struct dns_record r[TARGETS_MAX];
    size_t n = a->n < TARGETS_MAX ? a->n : TARGETS_MAX;
    bool any = false;

    if (n)
        memcpy(r, a->records, n * sizeof *r);
    sort(r, n, naptr_before);
    for (size_t i = 0; i < n && !enough(s); i++) {
        enum proto proto = proto_of_service(r[i].service, s->q->secure);

        if (proto == PROTO_NONE || preference_of(proto) < 0 || !str_ieq(r[i].flags, STR("s")) ||
            !r[i].target.n)
            continue;
        any |= add_service(s, r[i].target, proto);
    }
    obj_drop(a);
    return any;
}

static bool add_preferred_services(struct search *s)
{
    enum proto p[] = { PROTO_UDP, PROTO_TCP, PROTO_SCTP, PROTO_TLS };
    bool any = false;

    for (size_t i = 0; i < sizeof p / sizeof *p && !enough(s); i++) {
        for (size_t k = i + 1; k < sizeof p / sizeof *p; k++)
            if (preference_of(p[k]) > preference_of(p[i])) {
                enum proto better = p[k];

                memmove(p + i + 1, p + i, (k - i) * sizeof *p);
                p[i] = better;
            }
        if (preference_of(p[i]) >= 0 && known_proto(p[i]) && (!s->q->secure || p[i] == PROTO_TLS))
            any |= add_service_of(s, p[i]);
    }
    return any;
}

static void find(struct search *s)
{
    const struct dns_query *q = s->q;
    enum proto proto = q->proto ? q->proto : q->secure ? PROTO_TLS : PROTO_UDP;
    bool found = false;

    if (q->port == 0 && q->proto)
        found = add_service_of(s, q->proto);
    else if (q->port == 0 && dns_conf()->try_naptr)
        found = add_pointers(s) || add_preferred_services(s);
    else if (q->port == 0)
        found = add_service_of(s, proto);
    if (!found)
        add_host(s, q->host, proto, q->port);
}

static err_t numeric(const struct dns_query *q, const struct addr *ip, struct arena *a,
                     struct dns_target **out, size_t *n)
{
    enum proto proto = q->proto ? q->proto : q->secure ? PROTO_TLS : PROTO_UDP;
    struct dns_target *t = ARENA_NEW(a, struct dns_target);

    *t = (struct dns_target){ proto, *ip };
    addr_set_port(&t->addr, q->port ? q->port : proto_default_port(proto));
    *out = t;
    *n = 1;
    return ERR_OK;
}

err_t dns_resolve(const struct dns_query *q, struct arena *a, struct dns_target **out, size_t *n)
{
    struct dns_target found[TARGETS_MAX];
    struct search s = { .q = q, .out = found, .worst = ERR_NOT_FOUND };
    struct addr ip;

    *n = 0;
    if (addr_parse(q->host, q->port, &ip) == ERR_OK)
        return numeric(q, &ip, a, out, n);
    if (q->numeric_only || q->host.n == 0 || q->host.n > 253)
        return ERR_NOT_FOUND;
    find(&s);
    if (s.n == 0)
        return s.worst;
    *out = ARENA_ARRAY(a, struct dns_target, s.n);
    memcpy(*out, found, s.n * sizeof *found);
    *n = s.n;
    return ERR_OK;
}
