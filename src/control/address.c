/* SPDX-License-Identifier: BSD-2-Clause */
#include "control/address.h"

const char *control_kind_name(enum service_kind kind)
{
    switch (kind) {
    case SERVICE_UNIX: return "unix_stream";
    case SERVICE_UNIX_DATAGRAM: return "unix_dgram";
    case SERVICE_TCP: return "tcp";
    case SERVICE_UDP: return "udp";
    case SERVICE_FIFO: return "fifo";
    }
    return "unknown";
}

/* "host:port", "*:port" or "port". */
static err_t host_port(struct str text, struct addr *out)
{
    struct str host = text, port = text;
    size_t colon = text.n;
    uint32_t number;
    err_t e;

    while (colon > 0 && text.p[colon - 1] != ':')
        colon--;
    if (colon > 0) {
        host = str_cut(text, 0, colon - 1);
        port = str_skip(text, colon);
    } else {
        host = STR("*");
    }
    e = str_to_u32(port, &number);
    if (e || number > UINT16_MAX)
        return ERR_SYNTAX;
    if (host.n == 0 || str_eq(host, STR("*")))
        host = STR("0.0.0.0");
    else if (str_ieq(host, STR("localhost")))
        host = STR("127.0.0.1");
    return addr_parse(host, (uint16_t)number, out);
}

static err_t refuse(struct buf *why, struct str text)
{
    buf_fmt(why,
            "\"" STR_FMT "\" is neither a path (unixs:/path, unixd:/path) nor an address "
            "(tcp:192.0.2.1:2049, udp:*:2049)",
            STR_ARG(text));
    return ERR_SYNTAX;
}

err_t control_address(struct str text, enum service_kind bare, struct service_spec *out,
                      struct buf *why)
{
    static const struct {
        struct str prefix;
        enum service_kind kind;
    } kinds[] = {
        { STR_INIT("unixs:"), SERVICE_UNIX }, { STR_INIT("unixd:"), SERVICE_UNIX_DATAGRAM },
        { STR_INIT("unix:"), SERVICE_UNIX },  { STR_INIT("udp:"), SERVICE_UDP },
        { STR_INIT("tcp:"), SERVICE_TCP },    { STR_INIT("fifo:"), SERVICE_FIFO },
    };
    struct str left = str_trim(text);

    out->kind = left.n && str_find(left, '/') < left.n ? bare : SERVICE_UDP;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_istarts(left, kinds[i].prefix)) {
            out->kind = kinds[i].kind;
            left = str_skip(left, kinds[i].prefix.n);
            break;
        }
    if (left.n == 0)
        return refuse(why, text);
    if (out->kind == SERVICE_TCP || out->kind == SERVICE_UDP)
        return host_port(left, &out->addr) ? refuse(why, text) : ERR_OK;
    out->path = left;
    return ERR_OK;
}
