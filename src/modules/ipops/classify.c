/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/ipops/classify.h"

enum ip_form ip_read(struct str text, struct addr *out)
{
    bool brackets = text.n > 1 && text.p[0] == '[' && text.p[text.n - 1] == ']';

    *out = (struct addr){ 0 };
    if (text.n == 0 || str_find(text, '%') < text.n || addr_parse(text, 0, out))
        return IP_NONE;
    if (out->sa.sa_family == AF_INET)
        return brackets ? IP_NONE : IP_V4;
    return brackets ? IP_V6_REFERENCE : IP_V6;
}

/* The first that fits counts. */
static const struct {
    const char *range;
    struct str purpose;
} purposes[] = {
    { "255.255.255.255/32", STR_INIT("BROADCAST") },
    { "224.0.0.0/4", STR_INIT("MULTICAST") },
    { "240.0.0.0/4", STR_INIT("RESERVED") },
    { "203.0.113.0/24", STR_INIT("TEST-NET") },
    { "198.51.100.0/24", STR_INIT("TEST-NET") },
    { "198.18.0.0/15", STR_INIT("RESERVED") },
    { "192.168.0.0/16", STR_INIT("PRIVATE") },
    { "192.88.99.0/24", STR_INIT("6TO4-RELAY") },
    { "192.0.2.0/24", STR_INIT("TEST-NET") },
    { "192.0.0.0/24", STR_INIT("RESERVED") },
    { "172.16.0.0/12", STR_INIT("PRIVATE") },
    { "169.254.0.0/16", STR_INIT("LINK-LOCAL") },
    { "127.0.0.0/8", STR_INIT("LOOPBACK") },
    { "100.64.0.0/10", STR_INIT("SHARED") },
    { "10.0.0.0/8", STR_INIT("PRIVATE") },
    { "0.0.0.0/8", STR_INIT("PRIVATE") },
    { "0.0.0.0/0", STR_INIT("PUBLIC") },
    { "::/128", STR_INIT("UNSPECIFIED") },
    { "::1/128", STR_INIT("LOOPBACK") },
    { "::ffff:0:0/96", STR_INIT("IPV4MAP") },
    { "100::/64", STR_INIT("DISCARD") },
    { "2001::/32", STR_INIT("TEREDO") },
    { "2001:2::/48", STR_INIT("BMWG") },
    { "2001:db8::/32", STR_INIT("DOCUMENTATION") },
    { "2001:10::/28", STR_INIT("ORCHID") },
    { "2002::/16", STR_INIT("6TO4") },
    { "2000::/3", STR_INIT("GLOBAL-UNICAST") },
    { "fc00::/7", STR_INIT("UNIQUE-LOCAL-UNICAST") },
    { "fe80::/10", STR_INIT("LINK-LOCAL-UNICAST") },
    { "ff00::/8", STR_INIT("MULTICAST") },
    { "::/0", STR_INIT("RESERVED") },
};

/* Bits of the address itself: an IPv4 address inside IPv6 is IPv6 here. */
static const unsigned char *bytes_of(const struct addr *a)
{
    return a->sa.sa_family == AF_INET ? (const unsigned char *)&a->v4.sin_addr
                                      : (const unsigned char *)&a->v6.sin6_addr;
}

static bool same_start(const struct addr *a, const struct addr *b, unsigned bits)
{
    const unsigned char *x = bytes_of(a), *y = bytes_of(b);
    unsigned rest = bits % 8;

    if (memcmp(x, y, bits / 8) != 0)
        return false;
    return rest == 0 || (x[bits / 8] ^ y[bits / 8]) >> (8 - rest) == 0;
}

/* What stands behind the '/' and is no number counts as no bits at all. */
static bool in_range(const struct addr *a, struct str range)
{
    size_t slash = str_find(range, '/');
    struct addr base;
    unsigned bits_all = a->sa.sa_family == AF_INET ? 32 : 128;
    uint32_t bits = bits_all;
    enum ip_form form = ip_read(str_cut(range, 0, slash), &base);

    if ((form != IP_V4 && form != IP_V6) || base.sa.sa_family != a->sa.sa_family)
        return false;
    if (slash < range.n && str_to_u32(str_skip(range, slash + 1), &bits))
        bits = 0;
    return bits <= bits_all && same_start(a, &base, bits);
}

bool ip_in_ranges(const struct addr *a, struct str ranges)
{
    while (ranges.n) {
        struct str range = str_trim(str_split(&ranges, ','));

        if (range.n && in_range(a, range))
            return true;
    }
    return false;
}

struct str ip_purpose(const struct addr *a)
{
    for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++)
        if (in_range(a, str_of(purposes[i].range)))
            return purposes[i].purpose;
    return STR_NONE;
}

bool ip_is_rfc1918(const struct addr *a)
{
    return ip_in_ranges(a, STR("10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"));
}
