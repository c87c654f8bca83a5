/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/local.h"
#include "net/listener.h"
#include <ifaddrs.h>
#include <stdio.h>

enum { CHECKS_MAX = 8 };

static struct {
    bool (*checks[CHECKS_MAX])(struct str host, uint16_t port, enum proto proto);
    size_t n_checks;
} self;

struct local_entry {
    struct local_entry *next;
    struct local_name name;
    struct addr addr; /* when the host is numeric */
};

struct local_names {
    size_t mask; /* buckets are a power of two */
    struct local_entry **buckets;
    struct local_entry *numeric; /* addresses, compared by value */
};

/* Hosts are short and compared without regard to case; no peer gains by choosing them. */
static size_t host_hash(struct str host)
{
    uint64_t h = 14695981039346656037u;

    for (size_t i = 0; i < host.n; i++) {
        unsigned char c = (unsigned char)host.p[i];

        c = c >= 'A' && c <= 'Z' ? (unsigned char)(c | 0x20) : c;
        h = (h ^ c) * 1099511628211u;
    }
    return (size_t)(h ^ h >> 32);
}

static bool is_numeric(struct str host)
{
    return host.n && (host.p[0] == '[' || (host.p[0] >= '0' && host.p[0] <= '9') ||
                      str_find(host, ':') < host.n);
}

err_t local_name_parse(struct str text, struct local_name *out)
{
    struct str rest = str_trim(text), head = rest;
    size_t colon;
    uint32_t port = 0;

    *out = (struct local_name){ 0 };
    if (rest.n && rest.p[0] != '[' && (colon = str_find(rest, ':')) < rest.n) {
        enum proto p = proto_of(str_cut(rest, 0, colon));

        if (p != PROTO_NONE) {
            out->proto = p;
            rest = str_skip(rest, colon + 1);
            head = rest;
        }
    }
    if (head.n && head.p[0] == '[') {
        size_t end = str_find(head, ']');

        if (end == head.n)
            return ERR_SYNTAX;
        out->host = str_cut(head, 0, end + 1);
        rest = str_skip(head, end + 1);
        if (rest.n && rest.p[0] != ':')
            return ERR_SYNTAX;
        rest = str_skip(rest, 1);
    } else {
        out->host = str_split(&rest, ':');
    }
    if (out->host.n == 0)
        return ERR_SYNTAX;
    if (rest.n && !str_eq(rest, STR("*"))) {
        if (str_to_u32(rest, &port) || port > 65535)
            return ERR_SYNTAX;
        out->port = (uint16_t)port;
    }
    return ERR_OK;
}

static void names_add(struct generation *g, struct local_names *l, const struct local_name *name)
{
    struct local_entry *e = ARENA_NEW(&g->arena, struct local_entry);
    size_t at = host_hash(name->host) & l->mask;

    e->name = *name;
    if (is_numeric(name->host) && addr_parse(name->host, 0, &e->addr) == ERR_OK) {
        e->next = l->numeric;
        l->numeric = e;
        return;
    }
    e->next = l->buckets[at];
    l->buckets[at] = e;
}

/* A listener on the wildcard address answers on every address of the machine. */
static void add_interfaces(struct generation *g, struct local_names *l, const struct listener *ln)
{
    struct ifaddrs *all, *i;

    if (getifaddrs(&all))
        return;
    for (i = all; i; i = i->ifa_next) {
        struct addr a = { 0 };
        char space[64];
        struct buf text;

        if (!i->ifa_addr ||
            (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
            continue;
        if (ln->addr.sa.sa_family == AF_INET && i->ifa_addr->sa_family != AF_INET)
            continue;
        memcpy(&a, i->ifa_addr, i->ifa_addr->sa_family == AF_INET ? sizeof a.v4 : sizeof a.v6);
        buf_fixed(&text, space, sizeof space);
        addr_print_ip(&text, &a, true);
        names_add(
            g, l,
            &(struct local_name){ ln->proto, arena_dup(&g->arena, buf_str(&text)), ln->port });
    }
    freeifaddrs(all);
}

static void add_listener(struct generation *g, struct local_names *l, const struct listener *ln)
{
    names_add(g, l, &(struct local_name){ ln->proto, ln->host, ln->port });
    if (ln->advertises)
        names_add(g, l,
                  &(struct local_name){ ln->proto, ln->advertised_host, ln->advertised_port });
    if (addr_is_any(&ln->addr))
        add_interfaces(g, l, ln);
}

static struct str next_word(struct str *line)
{
    struct str rest = *line, word;
    size_t n = 0;

    while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t'))
        rest = str_skip(rest, 1);
    while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != '\t')
        n++;
    word = str_cut(rest, 0, n);
    *line = str_skip(rest, n);
    return word;
}

/* The names that one line of the hosts file gives to listeners. */
static void add_hosts_line(struct generation *g, struct local_names *l, struct str line)
{
    struct str name;
    struct addr a;

    line.n = str_find(line, '#');
    if (addr_parse(next_word(&line), 0, &a))
        return;
    while ((name = next_word(&line)).n)
        for (size_t i = 0; i < g->n_listeners; i++) {
            const struct listener *ln = g->listeners[i];

            if (addr_ip_eq(&ln->addr, &a))
                names_add(g, l,
                          &(struct local_name){ ln->proto, arena_dup(&g->arena, name), ln->port });
        }
}

/* auto_aliases: names of the listening addresses. Only the hosts file is asked, not the network. */
static void add_hosts(struct generation *g, struct local_names *l)
{
    FILE *f = fopen("/etc/hosts", "re");
    char line[1024];

    if (!f)
        return;
    while (fgets(line, sizeof line, f))
        add_hosts_line(g, l, str_trim(str_of(line)));
    fclose(f);
}

const struct local_names *local_names_new(struct generation *g)
{
    struct local_names *l = ARENA_NEW(&g->arena, struct local_names);
    size_t names = g->n_listeners * 2 + g->n_aliases + (g->core ? g->core->alias.n : 0),
           buckets = 8;

    while (buckets < names)
        buckets *= 2;
    l->mask = buckets - 1;
    l->buckets = ARENA_ARRAY(&g->arena, struct local_entry *, buckets);
    for (size_t i = 0; g->core && i < g->core->alias.n; i++) {
        struct local_name name;

        if (local_name_parse(g->core->alias.items[i], &name) == ERR_OK)
            names_add(g, l, &name);
    }
    for (size_t i = 0; i < g->n_aliases; i++)
        names_add(g, l, &g->aliases[i]);
    if (g->core && g->core->advertised_address.n)
        names_add(g, l,
                  &(struct local_name){ PROTO_NONE, g->core->advertised_address,
                                        (uint16_t)g->core->advertised_port });
    for (size_t i = 0; i < g->n_listeners; i++)
        add_listener(g, l, g->listeners[i]);
    if (g->core && g->core->auto_aliases)
        add_hosts(g, l);
    return l;
}

static bool entry_is(const struct local_entry *e, uint16_t port, enum proto proto)
{
    return (!port || !e->name.port || e->name.port == port) &&
           (proto == PROTO_NONE || e->name.proto == PROTO_NONE || e->name.proto == proto);
}

static bool in_lists(const struct local_names *l, struct str host, uint16_t port, enum proto proto)
{
    struct addr a;

    if (is_numeric(host) && addr_parse(host, 0, &a) == ERR_OK) {
        for (const struct local_entry *e = l->numeric; e; e = e->next)
            if (entry_is(e, port, proto) && addr_ip_eq(&e->addr, &a))
                return true;
        return false;
    }
    for (const struct local_entry *e = l->buckets[host_hash(host) & l->mask]; e; e = e->next)
        if (entry_is(e, port, proto) && str_ieq(e->name.host, host))
            return true;
    return false;
}

bool local_is(struct str host, uint16_t port, enum proto proto)
{
    const struct generation *g = generation_peek();

    if (host.n == 0)
        return false;
    if (g && g->local && in_lists(g->local, host, port, proto))
        return true;
    if (g && g->core && !g->core->auto_domains)
        return false;
    for (size_t i = 0; i < self.n_checks; i++)
        if (self.checks[i](host, port, proto))
            return true;
    return false;
}

bool local_is_uri(const struct uri *u)
{
    return (u->scheme == URI_SIP || u->scheme == URI_SIPS) &&
           local_is(u->host, uri_port(u), PROTO_NONE);
}

struct listener *local_listener(enum proto proto, struct str host, uint16_t port)
{
    return listener_find(host, port, proto);
}

void local_add_check(bool (*fn)(struct str host, uint16_t port, enum proto proto))
{
    for (size_t i = 0; i < self.n_checks; i++)
        if (self.checks[i] == fn)
            return;
    ASSERT(self.n_checks < CHECKS_MAX);
    self.checks[self.n_checks++] = fn;
}
