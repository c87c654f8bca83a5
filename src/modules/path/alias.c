/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/path/alias.h"

err_t path_alias_parse(struct str text, struct path_alias *out)
{
    struct str rest = text;
    uint32_t port, proto;
    struct addr addr;

    out->host = str_split(&rest, '~');
    if (str_to_u32(str_split(&rest, '~'), &port) || port == 0 || port > 65535)
        return ERR_SYNTAX;
    if (str_to_u32(rest, &proto) || proto == PROTO_NONE || proto >= PROTO_COUNT)
        return ERR_SYNTAX;
    if (addr_parse(out->host, 0, &addr))
        return ERR_SYNTAX;
    out->port = (uint16_t)port;
    out->proto = (enum proto)proto;
    return ERR_OK;
}
