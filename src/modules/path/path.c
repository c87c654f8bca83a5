/* SPDX-License-Identifier: BSD-2-Clause */
/* path: keeps this server between a registrar and who registered through it (RFC 3327). */
#include "core/send.h"
#include "modules/path/alias.h"
#include "modules/rr/rr.h"

struct path_conf {
    bool use_received;
    int64_t received_format; /* 1: as set_contact_alias() writes it */
    struct str received_name;
    bool enable_r2, sockname_mode;
};
struct path_args {
    struct str user, params;
};
struct advertised_args {
    struct str address, user, params;
};

static struct {
    struct module_slot slot;
} self;

extern const struct module module_path;

enum { TEXT_USER, TEXT_TAIL, TEXT_ADDRESS };

/* ---- writing ---- */

static void print_address(const struct listener *ln, const struct path_conf *conf, struct buf *b)
{
    buf_add(b, ln->advertised_host);
    if (ln->advertised_port != 5060) {
        buf_char(b, ':');
        buf_add(b, ln->advertised_port_text);
    }
    if (ln->proto != PROTO_UDP) {
        buf_add(b, STR(";transport="));
        /* RFC 7118, 5.2: one name for WebSocket, secure or not. */
        buf_add(b, proto_name(ln->proto == PROTO_WSS ? PROTO_WS : ln->proto));
    }
    if (conf->sockname_mode && ln->name.n) {
        buf_add(b, STR(";sn="));
        buf_add(b, ln->name);
    }
}

static void print_path(const struct path_conf *conf, const struct build_hook *hook,
                       const struct listener *ln, struct buf *b)
{
    buf_add(b, STR("Path: <sip:"));
    if (hook->text[TEXT_USER].n) {
        buf_add(b, hook->text[TEXT_USER]);
        buf_char(b, '@');
    }
    if (hook->text[TEXT_ADDRESS].n)
        buf_add(b, hook->text[TEXT_ADDRESS]);
    else
        print_address(ln, conf, b);
    buf_add(b, STR(";lr"));
    buf_add(b, hook->text[TEXT_TAIL]);
    if (conf->enable_r2)
        buf_add(b, STR(";r2=on"));
    buf_add(b, STR(">\r\n"));
}

/* The side where the request leaves stands first: the registrar's requests meet it first. */
static err_t path_hook(struct call *c, const struct build_hook *hook, const struct hop *hop,
                       struct edit_list *edits)
{
    const struct path_conf *conf = call_conf(c, &module_path);
    const struct header *first = msg_header(c->msg, HEADER_PATH);
    struct buf b;

    buf_init(&b, MEM_MESSAGE);
    print_path(conf, hook, hop->flow.local, &b);
    if (conf->enable_r2 && c->from.local)
        print_path(conf, hook, c->from.local, &b);
    if (first)
        edit_insert_header(edits, c->msg, first, buf_str(&b));
    else
        edit_append_header(edits, c->msg, buf_str(&b));
    buf_free(&b);
    return ERR_OK;
}

/* Whether a script's text can stand inside the header. */
static bool is_clean(struct str s)
{
    return str_find(s, '\r') == s.n && str_find(s, '\n') == s.n && str_find(s, '>') == s.n;
}

static void print_received(struct call *c, const struct path_conf *conf, struct buf *b)
{
    bool alias = conf->received_format == 1;

    buf_char(b, ';');
    buf_add(b, conf->received_name);
    buf_addz(b, alias ? "=" : "=sip:");
    addr_print_ip(b, &c->from.peer, true);
    buf_char(b, alias ? '~' : ':');
    buf_int(b, addr_port(&c->from.peer));
    if (alias) {
        buf_char(b, '~');
        buf_int(b, c->from.proto);
    } else if (c->from.proto != PROTO_UDP) {
        buf_add(b, STR("%3Btransport%3D"));
        buf_add(b, proto_name(c->from.proto));
    }
}

static int add(struct call *c, struct str address, struct str user, struct str params,
               bool received)
{
    const struct path_conf *conf = call_conf(c, &module_path);
    struct build_hook hook = { .fn = path_hook, .text = { user, STR_NONE, address } };
    struct buf tail;

    if (!is_clean(user) || !is_clean(params) || !is_clean(address)) {
        c->error = ERR_SYNTAX;
        return SCRIPT_FALSE;
    }
    buf_init(&tail, MEM_MESSAGE);
    if (received)
        print_received(c, conf, &tail);
    if (params.n) {
        buf_char(&tail, ';');
        buf_add(&tail, params);
    }
    hook.text[TEXT_TAIL] = buf_str(&tail);
    call_add_build_hook(c, &hook);
    buf_free(&tail);
    return SCRIPT_TRUE;
}

static int add_path(struct call *c, const struct path_args *a)
{
    return add(c, STR(""), a->user, a->params, false);
}
EXPOSE(add_path, path_args)

static int add_path_received(struct call *c, const struct path_args *a)
{
    return add(c, STR(""), a->user, a->params, true);
}
EXPOSE(add_path_received, path_args)

static int add_path_advertised_address(struct call *c, const struct advertised_args *a)
{
    return a->address.n ? add(c, a->address, a->user, a->params, false) : SCRIPT_FALSE;
}
EXPOSE(add_path_advertised_address, advertised_args)

static int add_path_received_advertised_address(struct call *c, const struct advertised_args *a)
{
    return a->address.n ? add(c, a->address, a->user, a->params, true) : SCRIPT_FALSE;
}
EXPOSE(add_path_received_advertised_address, advertised_args)

/* ---- reading ---- */

/* The URI that a received parameter stands for; STR_NONE when it is none. */
static struct str received_uri(struct call *c, struct str value)
{
    struct path_alias alias;
    struct uri uri;
    struct str text;

    if (path_alias_parse(value, &alias) == ERR_OK) {
        text = arena_fmt(c->arena, "sip:" STR_FMT ":%u", STR_ARG(alias.host), alias.port);
        if (alias.proto != PROTO_UDP)
            text = arena_fmt(c->arena, STR_FMT ";transport=" STR_FMT, STR_ARG(text),
                             STR_ARG(proto_name(alias.proto)));
    } else {
        char *space = arena_alloc(c->arena, value.n);

        text = (struct str){ space, 0 };
        if (uri_unescape(value, space, &text.n))
            return STR_NONE;
    }
    if (uri_parse(text, &uri) || (uri.scheme != URI_SIP && uri.scheme != URI_SIPS))
        return STR_NONE;
    return text;
}

/* A request comes back by our Path: it goes to where the registration had come from. */
static void on_loose_route(struct call *c, struct str params)
{
    const struct path_conf *conf = c->gen->confs[self.slot.index];
    struct str value, uri;

    if (!conf || !conf->use_received)
        return;
    value = param_find(params, conf->received_name);
    if (!value.n)
        return;
    uri = received_uri(c, value);
    if (uri.n)
        call_set_dst_uri(c, uri);
}

/* ---- tables ---- */

static const struct field path_args_fields[] = {
    FIELD(path_args, user, "User part of the Path.", .def = ""),
    FIELD(path_args, params, "URI parameters to add, without the first semicolon.", .def = ""),
    { 0 },
};
static const struct field advertised_args_fields[] = {
    FIELD(advertised_args, address, "The address to show, \"host:port\"."),
    FIELD(advertised_args, user, "User part of the Path.", .def = ""),
    FIELD(advertised_args, params, "URI parameters to add, without the first semicolon.",
          .def = ""),
    { 0 },
};
static const struct outcome added[] = {
    { 1, "it will be added to each copy that is sent" },
    { -1, "an argument cannot stand in a URI" },
    { 0 },
};
static const struct func funcs[] = {
    FUNC(add_path, path_args, "Adds a Path with the address the request leaves from.",
         .routes = ROUTE_REQUEST, .returns = added,
         .differs = "without RFC 5626 flow tokens: the user part is the argument only"),
    FUNC(add_path_received, path_args, "Adds a Path that also tells where the request came from.",
         .routes = ROUTE_REQUEST, .returns = added,
         .differs = "without RFC 5626 flow tokens: the user part is the argument only"),
    FUNC(add_path_advertised_address, advertised_args, "Adds a Path that shows the given address.",
         .routes = ROUTE_REQUEST, .returns = added),
    FUNC(add_path_received_advertised_address, advertised_args,
         "Adds a Path that shows the given address and tells where the request came from.",
         .routes = ROUTE_REQUEST, .returns = added),
    { 0 },
};
static const struct field params[] = {
    FIELD(path_conf, use_received,
          "After loose_route(), send to what the parameter `received` of our Route says.",
          .def = "0"),
    FIELD(path_conf, received_format,
          "Form of `received`: 0 an escaped URI, 1 ip~port~protocol, as set_contact_alias() writes "
          "it.",
          .def = "0", .max = 1, .differs = "both forms are understood, whichever is written"),
    FIELD(path_conf, received_name, "Name of that parameter.", .def = "received"),
    FIELD(path_conf, enable_r2,
          "Add two Paths: for where the request leaves, and where it came in.", .def = "0"),
    FIELD(path_conf, sockname_mode, "Show the listener's name as sn.", .def = "0"),
    { 0 },
};

static err_t check(struct load *l, void *conf)
{
    const struct path_conf *c = conf;

    if (c->use_received && !load_has_module(l, "rr")) {
        load_fault(l, "use_received", "needs loadmodule \"rr.so\"");
        return ERR_STATE;
    }
    return ERR_OK;
}

static err_t start(const void *conf)
{
    (void)conf;
    rr_on_loose_route(on_loose_route);
    return ERR_OK;
}

const struct module module_path = {
    .abi = MODULE_ABI,
    .name = "path",
    .doc = "Path headers for registrations that pass this server (RFC 3327).",
    .slot = &self.slot,
    .conf_size = sizeof(struct path_conf),
    .params = params,
    .funcs = funcs,
    .check = check,
    .start = start,
};
