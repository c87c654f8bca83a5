/* SPDX-License-Identifier: BSD-2-Clause */
/* Looking listeners up. */
#include "net/listener.h"
#include "net/net.h"
#include <unistd.h>

static bool wanted(const struct listener *ln, enum proto proto, uint16_t own, uint16_t port)
{
    return (proto == PROTO_NONE || proto == ln->proto) && (port == 0 || port == own);
}

struct listener *listener_find(struct str host, uint16_t port, enum proto proto)
{
    const struct listeners *all = listeners_now();
    struct addr ip;
    bool numeric = addr_parse(host, port, &ip) == ERR_OK;

    for (size_t i = 0; i < all->n; i++) {
        struct listener *ln = all->at[i];

        if (wanted(ln, proto, ln->port, port) && numeric && addr_ip_eq(&ln->addr, &ip))
            return ln;
        if (!ln->advertises || !wanted(ln, proto, ln->advertised_port, port))
            continue;

        struct addr told;

        if (str_ieq(host, ln->advertised_host) ||
            (numeric && addr_parse(ln->advertised_host, 0, &told) == ERR_OK &&
             addr_ip_eq(&told, &ip)))
            return ln;
    }
    return NULL;
}

struct listener *listener_by_name(struct str name)
{
    const struct listeners *all = listeners_now();

    for (size_t i = 0; name.n && i < all->n; i++)
        if (str_eq(all->at[i]->name, name))
            return all->at[i];
    return NULL;
}

struct listener *listener_by_addr(enum proto proto, const struct addr *a)
{
    const struct listeners *all = listeners_now();

    for (size_t i = 0; i < all->n; i++)
        if (all->at[i]->proto == proto && addr_eq(&all->at[i]->addr, a))
            return all->at[i];
    return NULL;
}

/* The address that the system would send from to `peer`. */
static bool source_for(const struct addr *peer, struct addr *source)
{
    int fd = socket(peer->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t n = sizeof *source;
    bool ok = fd >= 0 && connect(fd, &peer->sa, addr_len(peer)) == 0 &&
              getsockname(fd, &source->sa, &n) == 0;

    if (fd >= 0)
        close(fd);
    return ok;
}

struct listener *listener_for(enum proto proto, const struct addr *peer)
{
    const struct listeners *all = listeners_now();
    struct listener *first = NULL;
    struct addr source;

    if (net_conf()->multihomed && source_for(peer, &source))
        for (size_t i = 0; i < all->n; i++)
            if (all->at[i]->proto == proto && addr_ip_eq(&all->at[i]->addr, &source))
                return all->at[i];
    for (size_t i = 0; i < all->n && !first; i++)
        if (all->at[i]->proto == proto && all->at[i]->addr.sa.sa_family == peer->sa.sa_family)
            first = all->at[i];
    return first;
}
