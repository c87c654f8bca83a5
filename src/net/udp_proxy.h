/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clients behind load balancers that speak UDP (udp_accept_proxy): which address of a balancer
 * stands for which client. A balancer names the client in front of its first datagram, or of each;
 * what is sent to that client leaves for the balancer's address. Any thread.
 */
#pragma once
#include "base/net_addr.h"

struct udp_proxied {
    struct addr client, proxy;
    int64_t used_ms; /* when it was last used, as clock_ms */
};

/* Takes a header off the front of a datagram that came from `from`, and puts the client in its
 * place; without one, the client that this address stands for, if any. ERR_SYNTAX, ERR_LIMIT: the
 * datagram is to be dropped (logged). */
err_t udp_proxy_received(unsigned kinds, struct str *datagram, struct addr *from) MUST_USE;
/* The balancer's address for this client; the client's own when there is none. */
struct addr udp_proxy_towards(const struct addr *client);

/* For control. The copies are the caller's (MEM_NET). */
struct udp_proxied *udp_proxy_all(size_t *n);
size_t udp_proxy_count(void);
size_t udp_proxy_max(void);
size_t udp_proxy_clean(void); /* forgets those unused for two hours; how many those were */
size_t udp_proxy_flush(void); /* forgets all */
