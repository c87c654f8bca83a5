/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions that belong to the language itself. They leave $rc alone. */
#include "core/cfg.h"
#include "core/conf.h"
#include "core/local.h"
#include "core/send.h"
#include "rt/offload.h"
#include "script/core_uri.h"
#include "script/state.h"
#include <stdlib.h>

struct text_args {
    struct str text;
};
struct number_args {
    int64_t number;
};
struct flag_args {
    int64_t flag;
};

static int truth(err_t e)
{
    return e ? SCRIPT_FALSE : SCRIPT_TRUE;
}

static const struct field text_args_fields[] = {
    FIELD(text_args, text, "What to put there.", .literal = true),
    { 0 },
};
static const struct field number_args_fields[] = {
    FIELD(number_args, number, "How many.", .literal = true),
    { 0 },
};
static const struct field flag_args_fields[] = {
    FIELD(flag_args, flag, "The number or name of a flag.", .min = 0, .max = 31, .literal = true),
    { 0 },
};

/* ---- flags ---- */

static int setflag(struct call *c, const struct flag_args *a)
{
    c->flags |= 1u << a->flag;
    return SCRIPT_TRUE;
}
EXPOSE(setflag, flag_args)

static int resetflag(struct call *c, const struct flag_args *a)
{
    c->flags &= ~(1u << a->flag);
    return SCRIPT_TRUE;
}
EXPOSE(resetflag, flag_args)

static int isflagset(struct call *c, const struct flag_args *a)
{
    return c->flags & 1u << a->flag ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(isflagset, flag_args)

/* ---- the Request-URI ---- */

#define CHANGE(fn, what, args, text, n)                                                            \
    static int fn(struct call *c, const struct args *a)                                            \
    {                                                                                              \
        (void)a;                                                                                   \
        return truth(core_uri_change(c, what, text, n));                                           \
    }                                                                                              \
    EXPOSE(fn, args)
CHANGE(rewriteuri, URI_ALL, text_args, a->text, 0)
CHANGE(rewritehost, URI_HOST, text_args, a->text, 0)
CHANGE(rewritehostport, URI_HOST_PORT, text_args, a->text, 0)
CHANGE(rewritehostporttrans, URI_HOST_PORT_TRANSPORT, text_args, a->text, 0)
CHANGE(rewriteport, URI_PORT, text_args, a->text, 0)
CHANGE(rewriteuser, URI_USER, text_args, a->text, 0)
CHANGE(rewriteuserpass, URI_USER_PASSWORD, text_args, a->text, 0)
CHANGE(prefix, URI_PREFIX, text_args, a->text, 0)
CHANGE(strip, URI_STRIP, number_args, STR_NONE, a->number)
CHANGE(strip_tail, URI_STRIP_TAIL, number_args, STR_NONE, a->number)

static int userphone(struct call *c)
{
    return truth(core_uri_change(c, URI_USER_PHONE, STR_NONE, 0));
}
EXPOSE0(userphone)

static int revert_uri(struct call *c)
{
    call_reset_uri(c);
    return SCRIPT_TRUE;
}
EXPOSE0(revert_uri)

/* ---- branches ---- */

static int clear_branches(struct call *c)
{
    call_clear_targets(c);
    return SCRIPT_TRUE;
}
EXPOSE0(clear_branches)

struct branch_args {
    int64_t branch;
};
static const struct field branch_args_fields[] = {
    FIELD(branch_args, branch, "Its number; the first added one is 0.", .def = "0",
          .literal = true),
    { 0 },
};
static int remove_branch(struct call *c, const struct branch_args *a)
{
    if (a->branch < 0 || (uint64_t)a->branch >= c->n_more_targets)
        return SCRIPT_FALSE;
    memmove(c->more_targets + a->branch, c->more_targets + a->branch + 1,
            (c->n_more_targets - (size_t)a->branch - 1) * sizeof *c->more_targets);
    c->n_more_targets--;
    return SCRIPT_TRUE;
}
EXPOSE(remove_branch, branch_args)

/* ---- forwarding ---- */

struct forward_args {
    struct str host, port;
};
static const struct field forward_args_fields[] = {
    FIELD(forward_args, host, "A host or address, or uri:host.", .literal = true),
    FIELD(forward_args, port, "Its port, or uri:port.", .optional = true, .literal = true),
    { 0 },
};

static int forward(struct call *c)
{
    c->error = send_forward(c);
    return truth(c->error);
}
EXPOSE0(forward)

/* uri:host and uri:port take those of the Request-URI. */
static int forward_by(struct call *c, const struct forward_args *a, const char *transport)
{
    const struct uri *now = call_uri(c, NULL);
    struct str host = a->host, port = a->port, text;
    struct hop hops[HOPS_MAX];
    struct uri to;
    size_t n = 0;

    if (str_eq(host, STR("uri:host")))
        host = now ? now->host : STR_NONE;
    if (str_eq(port, STR("uri:port")))
        port = now ? arena_fmt(c->arena, "%u", (unsigned)uri_port(now)) : STR_NONE;
    if (!host.n)
        return SCRIPT_FALSE;
    text = arena_fmt(c->arena, "sip:" STR_FMT "%s" STR_FMT "%s%s", STR_ARG(host), port.n ? ":" : "",
                     STR_ARG(port), transport ? ";transport=" : "", transport ? transport : "");
    if (uri_parse(text, &to) || send_find_uri_hops(c, c->targets[0].socket, &to, hops, &n))
        return SCRIPT_FALSE;
    for (size_t i = 0; i < n; i++)
        if (send_stateless(c, &hops[i]) == ERR_OK)
            return SCRIPT_TRUE;
    return SCRIPT_FALSE;
}

#define FORWARD(fn, transport)                                                                     \
    static int fn(struct call *c, const struct forward_args *a)                                    \
    {                                                                                              \
        return forward_by(c, a, transport);                                                        \
    }                                                                                              \
    EXPOSE(fn, forward_args)
FORWARD(forward_to, NULL)
FORWARD(forward_udp, "udp")
FORWARD(forward_tcp, "tcp")
FORWARD(forward_tls, "tls")
FORWARD(forward_sctp, "sctp")

struct socket_args {
    struct str socket;
};
static const struct field socket_args_fields[] = {
    FIELD(socket_args, socket, "udp:address:port", .literal = true),
    { 0 },
};
static int force_send_socket(struct call *c, const struct socket_args *a)
{
    struct local_name name;
    struct listener *l;

    if (local_name_parse(a->socket, &name))
        return SCRIPT_FALSE;
    l = local_listener(name.proto, name.host, name.port);
    if (!l)
        return SCRIPT_FALSE;
    c->targets[0].socket = l;
    return SCRIPT_TRUE;
}
EXPOSE(force_send_socket, socket_args)

#define SET(fn, member)                                                                            \
    static int fn(struct call *c)                                                                  \
    {                                                                                              \
        c->member = true;                                                                          \
        return SCRIPT_TRUE;                                                                        \
    }                                                                                              \
    EXPOSE0(fn)
SET(force_rport, rport_forced)
SET(add_local_rport, local_rport)
SET(set_forward_no_connect, no_connect_forward)
SET(set_reply_no_connect, no_connect_reply)
SET(set_forward_close, close_forward)
SET(set_reply_close, close_reply)

struct port_args {
    int64_t port;
};
static const struct field port_args_fields[] = {
    FIELD(port_args, port, "The port; that of the topmost Via when left out.", .def = "0", .min = 0,
          .max = 65535, .literal = true),
    { 0 },
};
static int force_tcp_alias(struct call *c, const struct port_args *a)
{
    const struct via *via = msg_via(c->msg, 0, NULL);
    uint16_t port = (uint16_t)a->port;

    if (!proto_is_stream(c->from.proto))
        return SCRIPT_TRUE;
    if (!port)
        port = via && via->port ? via->port : proto_default_port(c->from.proto);
    return truth(connection_alias(c->from.connection, port));
}
EXPOSE(force_tcp_alias, port_args)

/* ---- logs and programs ---- */

struct log_args {
    int64_t level;
    struct str text;
};
static const struct field log_args_fields[] = {
    FIELD(log_args, level, "From -3 (critical) to 3 (debug).", .literal = true),
    FIELD(log_args, text, "What to write.", .literal = true),
    { 0 },
};
static int log_level_text(struct call *c, const struct log_args *a)
{
    int64_t level = a->level < LOG_ALERT ? LOG_ALERT : a->level > LOG_DEBUG ? LOG_DEBUG : a->level;

    (void)c;
    log_at((enum log_level)level, "script", STR_FMT, STR_ARG(a->text));
    return SCRIPT_TRUE;
}
EXPOSE(log_level_text, log_args)

static int log_text(struct call *c, const struct text_args *a)
{
    (void)c;
    log_debug("script", STR_FMT, STR_ARG(a->text));
    return SCRIPT_TRUE;
}
EXPOSE(log_text, text_args)

struct error_args {
    struct str code, text;
};
static const struct field error_args_fields[] = {
    FIELD(error_args, code, "A status.", .literal = true),
    FIELD(error_args, text, "A reason.", .literal = true),
    { 0 },
};
static int error(struct call *c, const struct error_args *a)
{
    (void)c;
    log_notice("script", "error " STR_FMT ": " STR_FMT, STR_ARG(a->code), STR_ARG(a->text));
    return SCRIPT_TRUE;
}
EXPOSE(error, error_args)

struct program_run {
    char *command;
    int status;
};

static void run_program(void *arg)
{
    struct program_run *run = arg;

    run->status = system(run->command);
}

static int exec(struct call *c, const struct text_args *a)
{
    struct program_run run = { mem_strdup(MEM_OTHER, a->text), -1 };

    (void)c;
    offload_run(run_program, &run);
    mem_free(MEM_OTHER, run.command);
    return run.status == 0 ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(exec, text_args)

/* ---- this request's own ways ---- */

struct proto_args {
    struct str protocol;
};
static const struct field proto_args_fields[] = {
    FIELD(proto_args, protocol, "UDP, TCP, TLS or SCTP.", .literal = true),
    { 0 },
};
static err_t prepare_proto(struct load *l, void *args)
{
    const struct proto_args *a = args;

    if (proto_of(a->protocol) != PROTO_NONE)
        return ERR_OK;
    load_fault(l, "protocol", "expected UDP, TCP, TLS or SCTP, got \"" STR_FMT "\"",
               STR_ARG(a->protocol));
    return ERR_SYNTAX;
}
static int udp_mtu_try_proto(struct call *c, const struct proto_args *a)
{
    c->mtu_proto = proto_of(a->protocol);
    return SCRIPT_TRUE;
}
EXPOSE(udp_mtu_try_proto, proto_args)

static int set_advertised_address(struct call *c, const struct text_args *a)
{
    c->advertised_host = a->text;
    return SCRIPT_TRUE;
}
EXPOSE(set_advertised_address, text_args)

struct advertised_port_args {
    int64_t port;
};
static const struct field advertised_port_args_fields[] = {
    FIELD(advertised_port_args, port, "A port.", .min = 1, .max = 65535, .literal = true),
    { 0 },
};
static int set_advertised_port(struct call *c, const struct advertised_port_args *a)
{
    c->advertised_port = arena_fmt(c->arena, "%lld", (long long)a->port);
    return SCRIPT_TRUE;
}
EXPOSE(set_advertised_port, advertised_port_args)

/* ---- flags of AVPs ---- */

struct avpflag_args {
    const struct format *avp;
    int64_t flag;
};
static const struct field avpflag_args_fields[] = {
    FIELD(avpflag_args, avp, "An AVP, $avp(name) or its name."),
    FIELD(avpflag_args, flag, "The name or number of a flag of AVPs.", .min = 0, .max = 31,
          .literal = true),
    { 0 },
};

/* "$avp(s:name)", "s:name" and "name" are the same. */
static uint32_t *flags_of(struct call *c, const struct format *f)
{
    struct str name;

    if (f->n == 1 && f->pieces[0].kind == PIECE_VAR &&
        str_eq(str_of(f->pieces[0].var->var->name), STR("avp")))
        name = var_key(c, f->pieces[0].var);
    else
        name = format_eval(c, f);
    if (str_starts(name, STR("s:")) || str_starts(name, STR("i:")))
        name = str_skip(name, 2);
    return avp_flags(c->vars, AVP_PLAIN, name);
}

static int setavpflag(struct call *c, const struct avpflag_args *a)
{
    uint32_t *flags = flags_of(c, a->avp);

    if (flags)
        *flags |= UINT32_C(1) << a->flag;
    return flags ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(setavpflag, avpflag_args)

static int resetavpflag(struct call *c, const struct avpflag_args *a)
{
    uint32_t *flags = flags_of(c, a->avp);

    if (flags)
        *flags &= ~(UINT32_C(1) << a->flag);
    return flags ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(resetavpflag, avpflag_args)

static int isavpflagset(struct call *c, const struct avpflag_args *a)
{
    const uint32_t *flags = flags_of(c, a->avp);

    return flags && *flags & UINT32_C(1) << a->flag ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(isavpflagset, avpflag_args)

/* ---- instances of custom parameters ---- */

struct cfg_args {
    struct str group;
    int64_t id;
};
static const struct field cfg_args_fields[] = {
    FIELD(cfg_args, group, "A group of parameters."),
    FIELD(cfg_args, id, "The number of an instance."),
    { 0 },
};
struct group_args {
    struct str group;
};
static const struct field group_args_fields[] = {
    FIELD(group_args, group, "A group of parameters."),
    { 0 },
};

static bool instance_exists(const struct call *c, struct str group)
{
    const struct program_info *info = c->gen->program ? program_info(c->gen->program) : NULL;

    for (size_t i = 0; info && i < info->n_cfgs; i++)
        if (str_eq(info->cfgs[i].group, group))
            return true;
    return cfg_has_instance(group);
}

static int cfg_select(struct call *c, const struct cfg_args *a)
{
    struct str instance =
        arena_fmt(c->arena, STR_FMT "[%lld]", STR_ARG(a->group), (long long)a->id);
    struct cfg_choice *choice;

    if (!instance_exists(c, instance))
        return SCRIPT_FALSE;
    choice = ARENA_NEW(c->arena, struct cfg_choice);
    *choice = (struct cfg_choice){ c->frame->choices, arena_dup(c->arena, a->group), instance };
    c->frame->choices = choice;
    return SCRIPT_TRUE;
}
EXPOSE(cfg_select, cfg_args)

static int cfg_reset_group(struct call *c, const struct group_args *a)
{
    for (struct cfg_choice **at = &c->frame->choices; *at;)
        if (str_eq((*at)->group, a->group))
            *at = (*at)->next;
        else
            at = &(*at)->next;
    return SCRIPT_TRUE;
}
EXPOSE(cfg_reset_group, group_args)

#define ALIASES(...)                                                                               \
    .aliases = (const char *const[])                                                               \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

const struct func core_funcs[] = {
    FUNC0(forward, "Forwards the request statelessly to where its URI leads.", .suspends = true),
    FUNC_NAMED("forward", forward_to, forward_args, "Forwards the request statelessly to a host.",
               .suspends = true),
    FUNC(forward_udp, forward_args, "forward() by UDP.", .suspends = true),
    FUNC(forward_tcp, forward_args, "forward() by TCP.", .suspends = true),
    FUNC(forward_tls, forward_args, "forward() by TLS.", .suspends = true),
    FUNC(forward_sctp, forward_args, "forward() by SCTP.", .suspends = true),
    FUNC(force_send_socket, socket_args, "Chooses the socket to send from."),
    FUNC(setflag, flag_args, "Sets a flag of the message."),
    FUNC(resetflag, flag_args, "Clears a flag of the message."),
    FUNC(isflagset, flag_args, "Tells whether a flag of the message is set."),
    FUNC(rewriteuri, text_args, "Replaces the Request-URI.", ALIASES("seturi")),
    FUNC(rewritehost, text_args, "Replaces the host of the Request-URI.",
         ALIASES("sethost", "seth")),
    FUNC(rewritehostport, text_args, "Replaces host and port of the Request-URI.",
         ALIASES("sethostport", "sethp")),
    FUNC(rewritehostporttrans, text_args, "Replaces host, port and transport of the Request-URI.",
         ALIASES("sethostporttrans", "sethpt")),
    FUNC(rewriteport, text_args, "Replaces the port of the Request-URI.",
         ALIASES("setport", "setp")),
    FUNC(rewriteuser, text_args, "Replaces the user of the Request-URI.",
         ALIASES("setuser", "setu")),
    FUNC(rewriteuserpass, text_args, "Replaces user and password of the Request-URI.",
         ALIASES("setuserpass", "setup")),
    FUNC(prefix, text_args, "Puts text before the user of the Request-URI."),
    FUNC(strip, number_args, "Takes characters off the start of the user of the Request-URI."),
    FUNC(strip_tail, number_args, "Takes characters off the end of the user of the Request-URI."),
    FUNC0(userphone, "Adds ;user=phone to the Request-URI."),
    FUNC0(revert_uri, "Goes back to the Request-URI as received."),
    FUNC0(clear_branches, "Removes all branches that were added."),
    FUNC(remove_branch, branch_args, "Removes one branch that was added."),
    FUNC0(force_rport, "Replies go to the port the request came from.", ALIASES("add_rport")),
    FUNC0(add_local_rport, "Adds ;rport to our own Via."),
    FUNC(force_tcp_alias, port_args, "Lets the connection serve another port of the peer.",
         ALIASES("add_tcp_alias")),
    FUNC0(set_forward_no_connect, "Forwards along connections that exist only."),
    FUNC0(set_reply_no_connect, "Replies along connections that exist only."),
    FUNC0(set_forward_close, "Closes the connection after forwarding."),
    FUNC0(set_reply_close, "Closes the connection after replying."),
    FUNC_NAMED("log", log_level_text, log_args, "Writes a line to the log."),
    FUNC_NAMED("log", log_text, text_args, "Writes a line to the log, for debugging."),
    FUNC(error, error_args, "Writes a status and a reason to the log."),
    FUNC(exec, text_args, "Runs a program and waits for its end.", .suspends = true),
    FUNC(setavpflag, avpflag_args, "Sets a flag of an AVP."),
    FUNC(resetavpflag, avpflag_args, "Clears a flag of an AVP."),
    FUNC(isavpflagset, avpflag_args, "Tells whether a flag of an AVP is set."),
    FUNC(udp_mtu_try_proto, proto_args, "How this request leaves when it is longer than udp_mtu.",
         .prepare = prepare_proto),
    FUNC(set_advertised_address, text_args,
         "The address Via and Record-Route of this request show.",
         .differs = "It counts for this message only."),
    FUNC(set_advertised_port, advertised_port_args,
         "The port Via and Record-Route of this request show.",
         .differs = "It counts for this message only."),
    FUNC(cfg_select, cfg_args, "Lets @cfg_get read an instance group[id] of custom parameters.",
         .differs = "It counts for this message only."),
    FUNC_NAMED("cfg_reset", cfg_reset_group, group_args, "Takes cfg_select() back."),
    { 0 },
};
