/* SPDX-License-Identifier: BSD-2-Clause */
#include "net/proxy_header.h"

enum {
    TEXT_MAX = 107,    /* the longest line of version 1, with its CR LF */
    BINARY_FIXED = 16, /* version 2: signature, version and command, family, length */
    BINARY_MAX = 4096, /* addresses and extensions that are taken */
    SIMPLE_SIZE = 38,
};

static const struct str text_start = STR_INIT("PROXY ");
static const struct str binary_start = STR_INIT("\r\n\r\n\0\r\nQUIT\n");
static const struct str simple_start = STR_INIT("\x56\xec");

static enum proxy_found bad(struct proxy_header *out, const char *why)
{
    out->why = why;
    return PROXY_BAD;
}

/* Whether `in` is the beginning of `start` (then more is needed), or begins with it. */
static enum proxy_found begins(struct str in, struct str start)
{
    size_t n = in.n < start.n ? in.n : start.n;

    if (memcmp(in.p, start.p, n) != 0)
        return PROXY_NONE;
    return in.n < start.n ? PROXY_MORE : PROXY_TOLD;
}

static uint16_t number16(struct str in, size_t at)
{
    ASSERT(at + 2 <= in.n);
    return (uint16_t)((unsigned char)in.p[at] << 8 | (unsigned char)in.p[at + 1]);
}

static void set_v4(struct addr *a, const char *bytes, uint16_t port)
{
    *a = (struct addr){ .v4 = { .sin_family = AF_INET } };
    memcpy(&a->v4.sin_addr, bytes, 4);
    addr_set_port(a, port);
}

/* An IPv4 address in the form of an IPv6 one becomes what it is. */
static void set_v6(struct addr *a, const char *bytes, uint16_t port)
{
    if (memcmp(bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0) {
        set_v4(a, bytes + 12, port);
        return;
    }
    *a = (struct addr){ .v6 = { .sin6_family = AF_INET6 } };
    memcpy(&a->v6.sin6_addr, bytes, 16);
    addr_set_port(a, port);
}

static bool address(struct str *line, sa_family_t family, struct addr *out)
{
    return !addr_parse(str_split(line, ' '), 0, out) && out->sa.sa_family == family;
}

static bool port(struct str text, uint16_t *out)
{
    uint32_t n;

    if (str_to_u32(text, &n) || n > UINT16_MAX)
        return false;
    *out = (uint16_t)n;
    return true;
}

/* "TCP4 192.0.2.1 198.51.100.1 42300 5060", behind "PROXY ". */
static enum proxy_found read_line(struct str line, struct proxy_header *out)
{
    struct str family = str_split(&line, ' ');
    sa_family_t af = str_eq(family, STR("TCP4")) || str_eq(family, STR("UDP4"))   ? AF_INET
                     : str_eq(family, STR("TCP6")) || str_eq(family, STR("UDP6")) ? AF_INET6
                                                                                  : AF_UNSPEC;
    struct addr client, ours;
    uint16_t from, to;

    if (str_eq(family, STR("UNKNOWN")))
        return PROXY_LOCAL;
    if (af == AF_UNSPEC)
        return bad(out, "expected TCP4, TCP6 or UNKNOWN behind PROXY");
    if (!address(&line, af, &client) || !address(&line, af, &ours))
        return bad(out, "expected two addresses of the family named");
    if (!port(str_split(&line, ' '), &from) || !port(line, &to))
        return bad(out, "expected two ports behind the addresses");
    addr_set_port(&client, from);
    out->client = client;
    return PROXY_TOLD;
}

static enum proxy_found read_text(struct str in, struct proxy_header *out)
{
    struct str within = { in.p, in.n < TEXT_MAX ? in.n : TEXT_MAX };
    const char *end = memchr(within.p, '\n', within.n);

    if (!end && within.n == TEXT_MAX)
        return bad(out, "the line has no end within 107 bytes");
    if (!end)
        return PROXY_MORE;
    if (end[-1] != '\r') /* "PROXY " stands before it */
        return bad(out, "the line does not end with CR LF");
    out->used = (size_t)(end - in.p) + 1;
    return read_line(str_cut(in, text_start.n, out->used - 2), out);
}

/* The addresses of version 2: families 1 (IPv4) and 2 (IPv6); others tell of no client. */
static enum proxy_found read_addresses(struct str in, unsigned family, struct proxy_header *out)
{
    if (family == 1 && in.n >= 12) {
        set_v4(&out->client, in.p, number16(in, 8));
        return PROXY_TOLD;
    }
    if (family == 2 && in.n >= 36) {
        set_v6(&out->client, in.p, number16(in, 32));
        return PROXY_TOLD;
    }
    if (family == 1 || family == 2)
        return bad(out, "too short for the addresses of its family");
    return PROXY_LOCAL;
}

static enum proxy_found read_binary(struct str in, struct proxy_header *out)
{
    unsigned command, family;
    size_t length;

    if (in.n < BINARY_FIXED)
        return PROXY_MORE;
    command = (unsigned char)in.p[12];
    family = (unsigned char)in.p[13] >> 4;
    length = number16(in, 14);
    if (command >> 4 != 2)
        return bad(out, "expected version 2 behind the signature");
    if ((command & 15) > 1)
        return bad(out, "expected the command LOCAL or PROXY");
    if (length > BINARY_MAX)
        return bad(out, "longer than 4096 bytes");
    if (in.n < BINARY_FIXED + length)
        return PROXY_MORE;
    out->used = BINARY_FIXED + length;
    return (command & 15) == 0 ? PROXY_LOCAL
                               : read_addresses(str_cut(in, BINARY_FIXED, out->used), family, out);
}

static enum proxy_found read_simple(struct str in, struct proxy_header *out)
{
    if (in.n < SIMPLE_SIZE)
        return PROXY_MORE;
    out->used = SIMPLE_SIZE;
    set_v6(&out->client, in.p + simple_start.n, number16(in, 34));
    return PROXY_TOLD;
}

enum proxy_found proxy_header_read(struct str in, unsigned kinds, struct proxy_header *out)
{
    static const struct {
        const struct str *start;
        unsigned kind;
        enum proxy_found (*read)(struct str in, struct proxy_header *out);
    } known[] = { { &text_start, PROXY_HEADER, read_text },
                  { &binary_start, PROXY_HEADER, read_binary },
                  { &simple_start, PROXY_SIMPLE, read_simple } };

    *out = (struct proxy_header){ 0 };
    if (!in.n)
        return PROXY_MORE;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        enum proxy_found found = kinds & known[i].kind ? begins(in, *known[i].start) : PROXY_NONE;

        if (found == PROXY_TOLD)
            return known[i].read(in, out);
        if (found == PROXY_MORE)
            return found;
    }
    return PROXY_NONE;
}
