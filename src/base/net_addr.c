/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/net_addr.h"
#include "base/hash.h"
#include <arpa/inet.h>
#include <stdio.h>

static const struct {
    struct str lower, upper;
    bool stream;
    uint16_t port;
} protos[PROTO_COUNT] = {
    [PROTO_NONE] = { STR_INIT("none"), STR_INIT("NONE"), false, 5060 },
    [PROTO_UDP] = { STR_INIT("udp"), STR_INIT("UDP"), false, 5060 },
    [PROTO_TCP] = { STR_INIT("tcp"), STR_INIT("TCP"), true, 5060 },
    [PROTO_TLS] = { STR_INIT("tls"), STR_INIT("TLS"), true, 5061 },
    [PROTO_SCTP] = { STR_INIT("sctp"), STR_INIT("SCTP"), false, 5060 },
    [PROTO_WS] = { STR_INIT("ws"), STR_INIT("WS"), true, 5060 },
    [PROTO_WSS] = { STR_INIT("wss"), STR_INIT("WSS"), true, 5061 },
};

static unsigned row_of(enum proto p)
{
    return (unsigned)p < PROTO_COUNT ? (unsigned)p : PROTO_NONE;
}

struct str proto_name(enum proto p)
{
    return protos[row_of(p)].lower;
}

struct str proto_via_name(enum proto p)
{
    return protos[row_of(p)].upper;
}

enum proto proto_of(struct str name)
{
    for (unsigned p = PROTO_UDP; p < PROTO_COUNT; p++)
        if (str_ieq(name, protos[p].lower))
            return (enum proto)p;
    return PROTO_NONE;
}

bool proto_is_stream(enum proto p)
{
    return protos[row_of(p)].stream;
}

uint16_t proto_default_port(enum proto p)
{
    return protos[row_of(p)].port;
}

bool addr_is_set(const struct addr *a)
{
    return a->sa.sa_family == AF_INET || a->sa.sa_family == AF_INET6;
}

/* The bytes of the IP address, of IPv4 where it is one in an IPv6 dress. */
static struct str ip_bytes(const struct addr *a)
{
    if (a->sa.sa_family == AF_INET)
        return (struct str){ (const char *)&a->v4.sin_addr, 4 };
    if (a->sa.sa_family != AF_INET6)
        return STR_NONE;
    if (IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr))
        return (struct str){ (const char *)&a->v6.sin6_addr + 12, 4 };
    return (struct str){ (const char *)&a->v6.sin6_addr, 16 };
}

bool addr_ip_eq(const struct addr *a, const struct addr *b)
{
    return str_eq(ip_bytes(a), ip_bytes(b));
}

bool addr_eq(const struct addr *a, const struct addr *b)
{
    return addr_port(a) == addr_port(b) && addr_ip_eq(a, b);
}

uint16_t addr_port(const struct addr *a)
{
    if (a->sa.sa_family == AF_INET)
        return ntohs(a->v4.sin_port);
    return a->sa.sa_family == AF_INET6 ? ntohs(a->v6.sin6_port) : 0;
}

void addr_set_port(struct addr *a, uint16_t port)
{
    if (a->sa.sa_family == AF_INET)
        a->v4.sin_port = htons(port);
    else if (a->sa.sa_family == AF_INET6)
        a->v6.sin6_port = htons(port);
}

socklen_t addr_len(const struct addr *a)
{
    return a->sa.sa_family == AF_INET6 ? sizeof a->v6 : sizeof a->v4;
}

bool addr_is_multicast(const struct addr *a)
{
    return a->sa.sa_family == AF_INET6
               ? IN6_IS_ADDR_MULTICAST(&a->v6.sin6_addr)
               : a->sa.sa_family == AF_INET && IN_MULTICAST(ntohl(a->v4.sin_addr.s_addr));
}

bool addr_is_any(const struct addr *a)
{
    struct str ip = ip_bytes(a);

    for (size_t i = 0; i < ip.n; i++)
        if (ip.p[i])
            return false;
    return ip.n > 0;
}

err_t addr_parse(struct str host, uint16_t port, struct addr *out)
{
    char z[INET6_ADDRSTRLEN];
    bool brackets = host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
    struct addr a;

    if (brackets)
        host = str_cut(host, 1, host.n - 1);
    if (host.n == 0 || host.n >= sizeof z || str_find(host, '\0') < host.n)
        return ERR_SYNTAX;
    memcpy(z, host.p, host.n);
    z[host.n] = '\0';
    memset(&a, 0, sizeof a);
    if (!brackets && inet_pton(AF_INET, z, &a.v4.sin_addr) == 1)
        a.sa.sa_family = AF_INET;
    else if (inet_pton(AF_INET6, z, &a.v6.sin6_addr) == 1)
        a.sa.sa_family = AF_INET6;
    else
        return ERR_SYNTAX;
    addr_set_port(&a, port);
    *out = a;
    return ERR_OK;
}

static struct {
    _Atomic(enum addr_style) style;
} self;

void addr_set_style(enum addr_style style)
{
    self.style = style;
}

/* All eight groups, without leading zeros. */
static void print_whole(const struct in6_addr *a, char z[static INET6_ADDRSTRLEN])
{
    const char *format = self.style == ADDR_WHOLE_UPPER ? "%s%X" : "%s%x";

    for (size_t i = 0; i < 16; i += 2)
        z += snprintf(z, 6, format, i ? ":" : "", (unsigned)a->s6_addr[i] << 8 | a->s6_addr[i + 1]);
}

void addr_print_ip(struct buf *b, const struct addr *a, bool brackets)
{
    char z[INET6_ADDRSTRLEN];
    bool six = a->sa.sa_family == AF_INET6;

    if (!addr_is_set(a))
        return;
    if (six && self.style != ADDR_COMPACT)
        print_whole(&a->v6.sin6_addr, z);
    else
        inet_ntop(a->sa.sa_family, six ? (const void *)&a->v6.sin6_addr : &a->v4.sin_addr, z,
                  sizeof z);
    if (six && brackets)
        buf_char(b, '[');
    buf_addz(b, z);
    if (six && brackets)
        buf_char(b, ']');
}

void addr_print(struct buf *b, const struct addr *a)
{
    addr_print_ip(b, a, true);
    buf_char(b, ':');
    buf_int(b, addr_port(a));
}

uint64_t addr_hash(const struct addr *a)
{
    char bytes[18];
    struct str ip = ip_bytes(a);
    uint16_t port = addr_port(a);

    if (ip.n)
        memcpy(bytes, ip.p, ip.n);
    memcpy(bytes + ip.n, &port, sizeof port);
    return hash_keyed((struct str){ bytes, ip.n + sizeof port });
}

err_t addr_range_parse(struct str text, struct addr_range *out)
{
    size_t slash = str_find(text, '/');
    struct addr_range r;
    unsigned width;
    uint32_t bits;
    err_t e = addr_parse(str_cut(text, 0, slash), 0, &r.base);

    if (e)
        return e;
    width = r.base.sa.sa_family == AF_INET ? 32 : 128;
    bits = width;
    if (slash < text.n) {
        struct addr mask;

        e = str_to_u32(str_skip(text, slash + 1), &bits);
        if (e && addr_parse(str_skip(text, slash + 1), 0, &mask) == ERR_OK &&
            mask.sa.sa_family == AF_INET && width == 32) { /* 10.0.0.0/255.0.0.0 */
            uint32_t m = ntohl(mask.v4.sin_addr.s_addr);

            bits = m ? 32 - (unsigned)__builtin_ctz(m) : 0;
            if (bits && m != UINT32_MAX << (32 - bits))
                return ERR_SYNTAX;
            e = ERR_OK;
        }
        if (e)
            return e;
    }
    if (bits > width)
        return ERR_RANGE;
    r.bits = bits;
    *out = r;
    return ERR_OK;
}

bool addr_range_has(const struct addr_range *r, const struct addr *a)
{
    struct str base = ip_bytes(&r->base), ip = ip_bytes(a);
    unsigned bits = r->bits, whole, rest;

    if (r->base.sa.sa_family == AF_INET6 && base.n == 4) /* a range over ::ffff:0:0/96 */
        bits = bits > 96 ? bits - 96 : 0;
    whole = bits / 8;
    rest = bits % 8;
    if (ip.n == 0 || ip.n != base.n || memcmp(ip.p, base.p, whole) != 0)
        return false;
    return rest == 0 ||
           (((unsigned char)ip.p[whole] ^ (unsigned char)base.p[whole]) >> (8 - rest)) == 0;
}
