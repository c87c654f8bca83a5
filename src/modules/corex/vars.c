/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/local.h"
#include "core/tkv.h"
#include "modules/corex/corex.h"

/* $cfg(part): where the script is. */
enum cfg_part { CFG_LINE = 1, CFG_NAME, CFG_ROUTE };

static err_t prepare_cfg(struct load *l, const struct var_ref *at, const void **prepared)
{
    static const struct {
        struct str name;
        enum cfg_part part;
    } parts[] = { { STR_INIT("line"), CFG_LINE },
                  { STR_INIT("name"), CFG_NAME },
                  { STR_INIT("file"), CFG_NAME },
                  { STR_INIT("route"), CFG_ROUTE } };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (str_eq(at->key, parts[i].name)) {
            *prepared = &parts[i].part;
            return ERR_OK;
        }
    load_fault(l, NULL, "$cfg has the parts line, name and route");
    return ERR_NOT_FOUND;
}

static err_t get_cfg(struct call *c, const struct var_ref *at, struct value *out)
{
    const enum cfg_part *part = at->prepared;
    struct str file;
    unsigned line;

    *out = VALUE_NONE;
    if (!part)
        return ERR_OK;
    if (*part == CFG_ROUTE)
        *out = VALUE_OF_STR(str_of(c->route_name ? c->route_name : ""));
    else if (script_place(c, &file, &line))
        *out = *part == CFG_LINE ? VALUE_OF_INT(line) : VALUE_OF_STR(file);
    return ERR_OK;
}

struct listener *corex_listener(struct str text)
{
    struct local_name name;

    if (local_name_parse(text, &name))
        return NULL;
    return listener_find(name.host, name.port, name.proto);
}

/* $lsock(by/what/part): "l" by address or "n" by name; then "l" address, "n" name, "a" what is
 * advertised. */
static err_t get_lsock(struct call *c, const struct var_ref *at, struct value *out)
{
    struct str rest = var_key(c, at), by = str_split(&rest, '/'), what = str_split(&rest, '/');
    const struct listener *l = NULL;

    *out = VALUE_NONE;
    if (str_starts(by, STR("n")))
        l = listener_by_name(what);
    else if (str_starts(by, STR("l")))
        l = corex_listener(what);
    if (!l || rest.n == 0)
        return ERR_OK;
    if (rest.p[0] == 'n')
        *out = VALUE_OF_STR(l->name);
    else if (rest.p[0] == 'a')
        *out = VALUE_OF_STR(l->advertised_text);
    else if (rest.p[0] == 'l')
        *out = VALUE_OF_STR(l->text);
    return ERR_OK;
}

/* $atkv(part) of an event that async_tkv_emit() caused. */
static err_t get_atkv(struct call *c, const struct var_ref *at, struct value *out)
{
    const struct tkv *v = c->tkv;
    struct str part = var_key(c, at);

    *out = VALUE_NONE;
    if (v && str_eq(part, STR("type")))
        *out = VALUE_OF_INT(v->type);
    else if (v && str_eq(part, STR("key")))
        *out = VALUE_OF_STR(v->key);
    else if (v && (str_eq(part, STR("val")) || str_eq(part, STR("value"))))
        *out = VALUE_OF_STR(v->value);
    return ERR_OK;
}

const struct variable corex_vars[] = {
    { .name = "cfg",
      .key = true,
      .get = get_cfg,
      .prepare = prepare_cfg,
      .doc = "Where the script is: line, name (of the file) or route." },
    { .name = "lsock",
      .key = true,
      .get = get_lsock,
      .doc = "A listening socket found by address (l/address/part) or name (n/name/part): its "
             "address (l), name (n) or what is advertised (a).",
      .differs = "the notation of the argument is our own" },
    { .name = "atkv",
      .key = true,
      .get = get_atkv,
      .doc = "In event_route[core:tkv]: type, key and val of what was emitted." },
    { 0 },
};

/* {sock.part} of "udp:192.0.2.1:5060". */
enum { SOCK_HOST, SOCK_PORT, SOCK_PROTO, SOCK_URI };

static err_t sock(struct call *c, const struct value *in, int tag, struct value *out)
{
    struct local_name name;

    *out = VALUE_NONE;
    if (local_name_parse(value_text(in, c->arena), &name))
        return ERR_OK;
    switch (tag) {
    case SOCK_HOST: *out = VALUE_OF_STR(name.host); break;
    case SOCK_PORT: *out = VALUE_OF_INT(name.port); break;
    case SOCK_PROTO: *out = VALUE_OF_STR(proto_name(name.proto)); break;
    case SOCK_URI:
        *out =
            VALUE_OF_STR(arena_fmt(c->arena, "sip:" STR_FMT ":%u;transport=" STR_FMT,
                                   STR_ARG(name.host), name.port, STR_ARG(proto_name(name.proto))));
        break;
    default: break;
    }
    return ERR_OK;
}

#define SOCK(fn, tag)                                                                              \
    static err_t fn(struct call *c, const struct value *in, const void *args, struct value *out)   \
    {                                                                                              \
        (void)args;                                                                                \
        return sock(c, in, tag, out);                                                              \
    }
SOCK(sock_host, SOCK_HOST)
SOCK(sock_port, SOCK_PORT)
SOCK(sock_proto, SOCK_PROTO)
SOCK(sock_uri, SOCK_URI)

const struct transformation corex_transformations[] = {
    { .class = "sock", .name = "host", .run = sock_host, .doc = "The host of a socket's address." },
    { .class = "sock", .name = "port", .run = sock_port, .doc = "The port of a socket's address." },
    { .class = "sock",
      .name = "proto",
      .run = sock_proto,
      .doc = "The protocol of a socket's address." },
    { .class = "sock",
      .name = "touri",
      .run = sock_uri,
      .doc = "A socket's address as a SIP URI." },
    { 0 },
};
