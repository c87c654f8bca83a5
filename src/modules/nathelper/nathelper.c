/* SPDX-License-Identifier: BSD-2-Clause */
/* nathelper: peers behind NATs. */
#include "control/rpc.h"
#include "core/receive.h"
#include "modules/nathelper/nat.h"
#include "script/value.h"

struct mask_args {
    int64_t tests;
};
struct mode_args {
    int64_t mode;
};
struct alias_args {
    struct str ip, port, proto;
};
struct sdp_args {
    int64_t flags;
    struct str ip;
};
struct address_args {
    struct str address;
};
struct target_args {
    const struct var_ref *target;
};
struct enable_args {
    int64_t on;
};

static struct {
    struct module_slot slot;
    _Atomic(bool) pings_off; /* by nathelper.enable_ping */
} self;

static void ping_enable(bool on)
{
    atomic_store(&self.pings_off, !on);
}

bool ping_is_enabled(void)
{
    return !atomic_load(&self.pings_off);
}

const struct nathelper_conf *nathelper_conf(struct call *c)
{
    return call_conf(c, &module_nathelper);
}

const struct nathelper_conf *nathelper_conf_now(void)
{
    return current_conf(&module_nathelper);
}

static int result(struct call *c, err_t e)
{
    if (!e)
        return SCRIPT_TRUE;
    c->error = e;
    return SCRIPT_FALSE;
}

static int nat_uac_test(struct call *c, const struct mask_args *a)
{
    return nat_detect(c, (unsigned)a->tests, nathelper_conf(c)->nat_addr_mode) ? SCRIPT_TRUE
                                                                               : SCRIPT_FALSE;
}
EXPOSE(nat_uac_test, mask_args)

static int fix_nated_contact(struct call *c)
{
    err_t e = contact_to_source(c);

    return e == ERR_NOT_FOUND ? SCRIPT_FALSE : result(c, e);
}
EXPOSE0(fix_nated_contact)

static struct str alias_name(struct call *c)
{
    struct str name = nathelper_conf(c)->alias_name;

    return name.n ? name : STR("alias");
}

static int added(struct call *c, err_t e)
{
    return e == ERR_EXISTS ? 2 : result(c, e);
}

static int add_contact_alias(struct call *c, const struct alias_args *a)
{
    struct alias alias = alias_of_source(c);
    uint32_t port;

    if (!a->ip.p)
        return added(c, contact_add_alias(c, alias_name(c), &alias, false, false));
    alias.host = a->ip;
    alias.proto = proto_of(a->proto);
    if (alias.proto == PROTO_NONE || str_to_u32(a->port, &port) || port == 0 || port > 65535)
        return result(c, ERR_SYNTAX);
    alias.port = (uint16_t)port;
    return added(c, contact_add_alias(c, alias_name(c), &alias, true, false));
}
EXPOSE(add_contact_alias, alias_args)

static int set_contact_alias(struct call *c, const struct mode_args *a)
{
    struct alias alias = alias_of_source(c);

    return added(c, contact_add_alias(c, alias_name(c), &alias, true, a->mode == 1));
}
EXPOSE(set_contact_alias, mode_args)

static int handle_ruri_alias(struct call *c, const struct mode_args *a)
{
    err_t e = ruri_take_alias(c, alias_name(c), a->mode != 0);

    return e == ERR_NOT_FOUND ? 2 : result(c, e);
}
EXPOSE(handle_ruri_alias, mode_args)

static int fix_nated_sdp(struct call *c, const struct sdp_args *a)
{
    err_t e = sdp_fix(c, (unsigned)a->flags, a->ip);

    return e == ERR_NOT_FOUND ? 2 : result(c, e);
}
EXPOSE(fix_nated_sdp, sdp_args)

static int fix_nated_register(struct call *c)
{
    const struct var_ref *target = nathelper_conf(c)->received_avp;
    struct value v = VALUE_OF_STR(source_uri(c));

    if (!target)
        return result(c, ERR_STATE);
    return result(c, var_set(c, target, &v));
}
EXPOSE0(fix_nated_register)

static int add_rcv_param(struct call *c, const struct mode_args *a)
{
    return result(c, contact_add_received(c, a->mode != 0));
}
EXPOSE(add_rcv_param, mode_args)

static int is_rfc1918(struct call *c, const struct address_args *a)
{
    return host_is_private(a->address, nathelper_conf(c)->nat_addr_mode) ? SCRIPT_TRUE
                                                                         : SCRIPT_FALSE;
}
EXPOSE(is_rfc1918, address_args)

static int set_alias_to_pv(struct call *c, const struct target_args *a)
{
    struct str uri;
    struct value v;
    err_t e = contact_alias_uri(c, alias_name(c), &uri);

    if (e == ERR_NOT_FOUND)
        return SCRIPT_FALSE;
    v = VALUE_OF_STR(uri);
    return result(c, e ? e : var_set(c, a->target, &v));
}
EXPOSE(set_alias_to_pv, target_args)

/* tag 0: how many Record-Routes there are; 1: how many of them the first server put there. */
static err_t get_rr_count(struct call *c, const struct var_ref *at, struct value *out)
{
    const struct address *list;
    size_t n;
    bool is_double;

    *out = VALUE_OF_INT(0);
    if (msg_addresses(c->msg, HEADER_RECORD_ROUTE, &list, &n) || n == 0)
        return ERR_OK;
    is_double = list->uri.has_r2 || uri_param(&list->uri, STR("r2")).p;
    *out = VALUE_OF_INT(at->var->tag == 0 ? (int64_t)n : is_double ? 2 : 1);
    return ERR_OK;
}

static err_t enable_ping(struct rpc *r, const void *args)
{
    const struct enable_args *a = args;

    (void)r;
    ping_enable(a->on != 0);
    return ERR_OK;
}

static err_t start(const void *conf)
{
    (void)conf;
    receive_add_filter(ping_take_reply);
    return ERR_OK;
}

static err_t worker_start(const void *conf)
{
    (void)conf;
    ping_worker_start();
    return ERR_OK;
}

static err_t check(struct load *l, void *conf)
{
    const struct nathelper_conf *mine = conf;

    if (mine->natping_interval > 0 && !load_has_module(l, "usrloc")) {
        load_fault(l, "natping_interval", "pings need the contacts of module usrloc");
        return ERR_STATE;
    }
    return ERR_OK;
}

#define CONF(member, ...) FIELD(nathelper_conf, member, __VA_ARGS__)
static const struct field nathelper_conf_fields[] = {
    CONF(natping_interval, "Seconds between pings of each contact; 0: no pings.", .def = "0",
         .min = 0, .max = 86400),
    CONF(ping_nated_only, "Ping only contacts with the NAT flag of usrloc.", .def = "0"),
    CONF(nortpproxy_str, "The line that fix_nated_sdp(4) adds.", .def = "a=nortpproxy:yes\r\n"),
    CONF(received_avp, "The variable in which fix_nated_register() leaves the source.",
         .optional = true),
    CONF(force_socket,
         "The UDP listener, \"address:port\", pings leave by when a contact has none.",
         .optional = true),
    CONF(sipping_from, "The URI in From of SIP pings; without it none are sent.", .optional = true),
    CONF(sipping_method, "The method of SIP pings.", .def = "OPTIONS"),
    CONF(sipping_bflag, "The branch flag of contacts that get SIP pings.", .def = "-1", .min = -1,
         .max = 31),
    CONF(natping_disable_bflag, "The branch flag of contacts that get no pings.", .def = "-1",
         .min = -1, .max = 31),
    CONF(natping_processes, "Processes that ping.", .def = "1",
         .inert = "every worker pings its share"),
    CONF(natping_socket, "The address to pretend pings come from.", .optional = true,
         .inert = "pings leave by the listener the contact registered on"),
    CONF(keepalive_timeout,
         "Seconds without an answer to SIP pings after which a contact is removed; 0: never.",
         .def = "0", .min = 0),
    CONF(udpping_from_path, "Ping through the Path with its source address.", .def = "0",
         .inert = "pings follow the Path by themselves"),
    CONF(ignore_path, "Ping the contact itself though it has a Path.", .def = "0"),
    CONF(append_sdp_oldmediaip, "fix_nated_sdp() keeps the old address in a line of its own.",
         .def = "1"),
    CONF(filter_server_id, "Ping only contacts that registered with this server_id.", .def = "0"),
    CONF(nat_addr_mode, "Count 192.0.0.0/24 among the private addresses.", .def = "1"),
    CONF(alias_name, "The name of the URI parameter that notes the source.", .def = "alias"),
    { 0 },
};
static const struct field mask_args_fields[] = {
    FIELD(
        mask_args, tests,
        "A sum: 1 private Contact, 2 Via differs from source, 4 private Via, 8 private SDP, 16 "
        "source port differs from Via, 32 private source, 64 WebSocket, 128 Contact port differs, "
        "256 SDP differs from source, 512 target differs."),
    { 0 },
};
static const struct field mode_args_fields[] = {
    FIELD(mode_args, mode, "See the function.", .def = "0"),
    { 0 },
};
static const struct field alias_args_fields[] = {
    FIELD(alias_args, ip, "The address to note instead of the source's.", .optional = true),
    FIELD(alias_args, port, "Its port.", .optional = true),
    FIELD(alias_args, proto, "Its protocol.", .optional = true),
    { 0 },
};
static const struct field sdp_args_fields[] = {
    FIELD(sdp_args, flags,
          "A sum: 1 add a=direction:active, 2 replace c= addresses, 4 add a=nortpproxy, 8 replace "
          "the o= address."),
    FIELD(sdp_args, ip, "The address to write instead of the source's.", .def = ""),
    { 0 },
};
static const struct field address_args_fields[] = {
    FIELD(address_args, address, "The address to look at."),
    { 0 },
};
static const struct field target_args_fields[] = {
    FIELD(target_args, target, "The variable to set."),
    { 0 },
};
static const struct field enable_args_fields[] = {
    FIELD(enable_args, on, "0: stop pings; else: send them."),
    { 0 },
};

#define NAT_ROUTES (ROUTE_REQUEST | ROUTE_TM_REPLY | ROUTE_REPLY | ROUTE_BRANCH)
static const struct outcome yes_no[] = { { 1, "yes" }, { -1, "no" }, { 0 } };
static const struct outcome changed[] = { { 1, "done" }, { -1, "it could not be done" }, { 0 } };
static const struct outcome aliased[] = {
    { 1, "the alias was added" },
    { 2, "the Contact is right as it is" },
    { -1, "there is no Contact to change" },
    { 0 },
};
static const struct func funcs[] = {
    FUNC(nat_uac_test, mask_args, "Tells whether a NAT seems to stand before the peer.",
         .routes = NAT_ROUTES | ROUTE_FAILURE, .returns = yes_no),
    FUNC0(fix_nated_contact, "Puts the source's address and port into Contact.",
          .routes = NAT_ROUTES, .returns = changed),
    FUNC(add_contact_alias, alias_args,
         "Notes the source, or the given address, as a parameter of the Contact URI.",
         .routes = NAT_ROUTES | ROUTE_FAILURE, .returns = aliased),
    FUNC(set_contact_alias, mode_args,
         "Notes the source as a parameter of the Contact URI; mode 1 takes an earlier one away.",
         .routes = NAT_ROUTES, .returns = aliased,
         .differs = "save() sees the Contact as it was received"),
    FUNC(handle_ruri_alias, mode_args,
         "Takes the noted source out of the Request-URI and sends there; mode 0 takes the first, "
         "1 the last.",
         .routes = ROUTE_REQUEST | ROUTE_BRANCH,
         .returns = (const struct outcome[]){ { 1, "the destination is set" },
                                              { 2, "there is no alias" },
                                              { -1, "the alias is malformed" },
                                              { 0 } }),
    FUNC(fix_nated_sdp, sdp_args, "Changes addresses in the session description.",
         .routes = NAT_ROUTES | ROUTE_FAILURE,
         .returns = (const struct outcome[]){ { 1, "changed" },
                                              { 2, "no address was replaced" },
                                              { -1, "there is no session description" },
                                              { 0 } }),
    FUNC0(fix_nated_register, "Leaves the source in received_avp, for save().",
          .routes = ROUTE_REQUEST, .suspends = true, .returns = changed),
    FUNC(add_rcv_param, mode_args,
         "Notes the source in Contact: mode 0 in a parameter of the header, else of the URI.",
         .routes = ROUTE_REQUEST, .returns = changed),
    FUNC(is_rfc1918, address_args, "Tells whether an address is private.", .routes = ROUTE_ANY,
         .returns = yes_no),
    FUNC(set_alias_to_pv, target_args, "Sets a variable to the URI noted in Contact.",
         .routes = ROUTE_ANY, .suspends = true, .returns = changed),
    { 0 },
};
static const struct variable vars[] = {
    { .name = "rr_count", .doc = "How many Record-Routes the message has.", .get = get_rr_count },
    { .name = "rr_top_count",
      .doc = "How many Record-Routes the last server added: 0, 1 or 2.",
      .get = get_rr_count,
      .tag = 1 },
    { 0 },
};
static const struct rpc_method methods[] = {
    { .name = "nathelper.enable_ping",
      .doc = "Stops pings, or lets them go on.",
      .run = enable_ping,
      .args = enable_args_fields,
      .args_size = sizeof(struct enable_args) },
    { 0 },
};

const struct module module_nathelper = {
    .abi = MODULE_ABI,
    .name = "nathelper",
    .doc = "Finds NATs, works round them, and keeps their bindings open.",
    .slot = &self.slot,
    .conf_size = sizeof(struct nathelper_conf),
    .params = nathelper_conf_fields,
    .funcs = funcs,
    .vars = vars,
    .methods = methods,
    .check = check,
    .start = start,
    .worker_start = worker_start,
    .worker_stop = ping_worker_stop,
};
