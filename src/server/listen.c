/* SPDX-License-Identifier: BSD-2-Clause */
/* From listen lines, which may name interfaces and hosts, to addresses that can be bound. */
#include "server/listen.h"
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>

enum { SPECS_MAX = 1024 };

struct specs { /* being collected */
    struct arena *arena;
    const struct core_conf *core;
    struct socket_spec *at;
    size_t n;
};

static bool same(const struct socket_spec *a, const struct socket_spec *b)
{
    return a->proto == b->proto && addr_eq(&a->addr, &b->addr);
}

static void add(struct specs *s, const struct listen_item *item, enum proto proto, struct addr addr,
                uint16_t port)
{
    struct socket_spec spec = { .proto = proto,
                                .addr = addr,
                                .name = item->name,
                                .advertised_host = item->advertise_host,
                                .advertised_port = item->advertise_port,
                                .flags = item->flags,
                                .where = item->where };

    addr_set_port(&spec.addr, port);
    if (!spec.advertised_host.p && s->core->advertised_address.n) {
        spec.advertised_host = s->core->advertised_address;
        spec.advertised_port = (uint16_t)s->core->advertised_port;
    }
    for (size_t i = 0; i < s->n; i++)
        if (same(&s->at[i], &spec))
            return;
    if (s->n < SPECS_MAX)
        s->at[s->n++] = spec;
}

/* One address with the protocols and ports of its line. */
static void add_address(struct specs *s, const struct listen_item *item, struct addr addr)
{
    static const enum proto defaults[] = { PROTO_UDP, PROTO_TCP };
    unsigned first = item->port ? item->port : (unsigned)s->core->port;
    unsigned last = item->port_end > first ? item->port_end : first;

    for (unsigned port = first; port <= last; port++) {
        if (item->proto != PROTO_NONE) {
            uint16_t own = item->port || item->proto != PROTO_TLS ? (uint16_t)port : 5061;
            if (!(proto_is_stream(item->proto) && s->core->disable_tcp))
                add(s, item, item->proto, addr, own);
            continue;
        }
        for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
            if (defaults[i] == PROTO_UDP || !s->core->disable_tcp)
                add(s, item, defaults[i], addr, (uint16_t)port);
    }
}

static bool usable(const struct ifaddrs *i, int family, bool link_local)
{
    if (!i->ifa_addr || !(i->ifa_flags & IFF_UP))
        return false;
    if (i->ifa_addr->sa_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)(const void *)i->ifa_addr;
        return (family == AF_INET6 || family == AF_UNSPEC) &&
               (link_local || !IN6_IS_ADDR_LINKLOCAL(&six->sin6_addr));
    }
    return i->ifa_addr->sa_family == AF_INET && family != AF_INET6;
}

/* The addresses of one interface, or with a NULL name of all; returns how many there were. */
static size_t add_interface(struct specs *s, const struct listen_item *item, const char *name,
                            int family)
{
    struct ifaddrs *all = NULL;
    size_t found = 0;

    if (getifaddrs(&all))
        return 0;
    for (const struct ifaddrs *i = all; i; i = i->ifa_next) {
        struct addr addr = { 0 };
        if ((name && strcmp(name, i->ifa_name) != 0) ||
            !usable(i, family, s->core->bind_ipv6_link_local))
            continue;
        if (i->ifa_addr->sa_family == AF_INET)
            memcpy(&addr.v4, i->ifa_addr, sizeof addr.v4);
        else
            memcpy(&addr.v6, i->ifa_addr, sizeof addr.v6);
        add_address(s, item, addr);
        found++;
    }
    freeifaddrs(all);
    return found;
}

static size_t add_host(struct specs *s, const struct listen_item *item, const char *name)
{
    struct addrinfo *list = NULL, hints = { .ai_socktype = SOCK_DGRAM };
    size_t found = 0;

    if (getaddrinfo(name, NULL, &hints, &list))
        return 0;
    for (const struct addrinfo *i = list; i; i = i->ai_next) {
        struct addr addr = { 0 };
        if (i->ai_addrlen > sizeof addr)
            continue;
        memcpy(&addr, i->ai_addr, i->ai_addrlen);
        add_address(s, item, addr);
        found++;
    }
    freeaddrinfo(list);
    return found;
}

static err_t expand_item(struct specs *s, const struct listen_item *item, struct buf *why)
{
    const char *name = arena_dup(s->arena, item->host).p;
    struct addr addr;

    if (!item->host.n || str_eq(item->host, STR("*")))
        return add_interface(s, item, NULL, s->core->auto_bind_ipv6 ? AF_UNSPEC : AF_INET)
                   ? ERR_OK
                   : ERR_NOT_FOUND;
    if (addr_parse(item->host, 0, &addr) == ERR_OK) {
        if (addr_is_any(&addr))
            add_interface(s, item, NULL, addr.sa.sa_family);
        else
            add_address(s, item, addr);
        return ERR_OK;
    }
    if (add_interface(s, item, name, AF_UNSPEC) || add_host(s, item, name))
        return ERR_OK;
    buf_fmt(why,
            STR_FMT ": cannot listen on \"" STR_FMT "\": it is no address, no interface of this "
                    "machine and no host name that resolves\n",
            STR_ARG(item->where), STR_ARG(item->host));
    return ERR_NOT_FOUND;
}

err_t listen_expand(const struct program_info *info, const struct core_conf *core, struct arena *a,
                    struct socket_spec **specs, size_t *n, struct buf *why)
{
    static const struct listen_item everywhere = { .where = STR_INIT("(no listen line)") };
    struct specs s = { .arena = a,
                       .core = core,
                       .at = ARENA_ARRAY(a, struct socket_spec, SPECS_MAX) };
    err_t e = ERR_OK;

    if (!info->n_listens)
        e = expand_item(&s, &everywhere, why);
    for (size_t i = 0; i < info->n_listens; i++) {
        err_t one = expand_item(&s, &info->listens[i], why);
        if (one)
            e = one;
    }
    *specs = s.at;
    *n = s.n;
    return e;
}
