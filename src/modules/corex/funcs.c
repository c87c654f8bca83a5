/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/local.h"
#include "core/send.h"
#include "modules/corex/corex.h"
#include "rt/offload.h"
#include <stdio.h>

enum { FILE_MAX = 1 << 20 };

/* Forwarding and sending. */

struct index_args {
    int64_t branch;
};
struct uri_args {
    struct str uri;
    int64_t branch;
};

static int result(err_t e)
{
    return e ? SCRIPT_FALSE : SCRIPT_TRUE;
}

static int forward_uac(struct call *c, const struct index_args *a)
{
    struct target *t =
        (size_t)a->branch < call_target_count(c) ? call_target(c, (size_t)a->branch) : NULL;
    struct hop hops[HOPS_MAX];
    size_t n = 0;
    err_t e = t ? send_find_hops(c, t, hops, &n) : ERR_NOT_FOUND;

    for (size_t i = 0; !e && i < n; i++) {
        e = send_stateless(c, &hops[i]);
        if (!e)
            return SCRIPT_TRUE;
    }
    return SCRIPT_FALSE;
}
EXPOSE(forward_uac, index_args)

/* The hops of any URI. */
static err_t hops_of(struct call *c, struct listener *from, struct str text, struct hop *hops,
                     size_t *n)
{
    struct uri uri;
    err_t e = uri_parse(text, &uri);

    return e ? e : send_find_uri_hops(c, from, &uri, hops, n);
}

static int forward_uac_uri(struct call *c, const struct uri_args *a)
{
    struct hop hops[HOPS_MAX];
    size_t n = 0;
    err_t e = hops_of(c, NULL, a->uri, hops, &n);

    if (e || n == 0)
        return SCRIPT_FALSE;
    return result(send_stateless(c, &hops[0]));
}
EXPOSE(forward_uac_uri, uri_args)

static int forward_reply(struct call *c)
{
    return result(send_reply_stateless(c));
}
EXPOSE0(forward_reply)

struct branch_args {
    struct str uri, q;
};

/* "0.25" in thousandths; -1: none. */
static int q_of(struct str text)
{
    int64_t whole = 0, part = 0;
    int scale = 100;
    struct str left = str_trim(text), before = str_split(&left, '.');

    if (text.n == 0 || (before.n && str_to_i64(before, &whole)))
        return -1;
    for (size_t i = 0; i < left.n && scale; i++, scale /= 10) {
        if (left.p[i] < '0' || left.p[i] > '9')
            return -1;
        part += (left.p[i] - '0') * scale;
    }
    whole = whole * 1000 + part;
    return whole < 0 ? 0 : whole > 1000 ? 1000 : (int)whole;
}

static int append_branch(struct call *c, const struct branch_args *a)
{
    struct target t = { .q = q_of(a->q) };
    struct uri uri;

    if (a->uri.n == 0) {
        t = *call_target(c, 0);
        t.uri = call_uri_text(c);
        t.q = a->q.n ? q_of(a->q) : t.q;
    } else {
        if (uri_parse(a->uri, &uri))
            return SCRIPT_FALSE;
        t.uri = a->uri;
        t.flags = call_target(c, 0)->flags;
        t.socket = call_target(c, 0)->socket;
    }
    return result(call_add_target(c, &t));
}
EXPOSE(append_branch, branch_args)

static int send_raw(struct call *c, struct str where, enum proto proto)
{
    struct hop hops[HOPS_MAX];
    size_t n = 0;
    struct str uri = call_target(c, 0)->dst_uri;

    if (where.n)
        uri = arena_fmt(c->arena, "sip:" STR_FMT ";transport=" STR_FMT, STR_ARG(where),
                        STR_ARG(proto_name(proto)));
    else if (uri.n == 0)
        uri = call_uri_text(c);
    if (!c->msg || hops_of(c, NULL, uri, hops, &n) || n == 0)
        return SCRIPT_FALSE;
    if (hops[0].flow.proto != proto) {
        hops[0].flow.proto = proto;
        hops[0].flow.local = NULL;
    }
    return result(net_send(&hops[0].flow, c->msg->raw));
}

struct host_args {
    struct str host;
};

static int send_udp(struct call *c, const struct host_args *a)
{
    return send_raw(c, a->host, PROTO_UDP);
}
EXPOSE(send_udp, host_args)

static int send_tcp(struct call *c, const struct host_args *a)
{
    return send_raw(c, a->host, PROTO_TCP);
}
EXPOSE(send_tcp, host_args)

struct data_args {
    struct str uri, data;
};
struct sendx_args {
    struct str uri, socket, data;
};

static int send_text(struct call *c, struct str uri, struct listener *from, struct str data)
{
    struct hop hops[HOPS_MAX];
    size_t n = 0;

    if (hops_of(c, from, uri, hops, &n) || n == 0)
        return SCRIPT_FALSE;
    return result(net_send(&hops[0].flow, data));
}

static int send_data(struct call *c, const struct data_args *a)
{
    return send_text(c, a->uri, NULL, a->data);
}
EXPOSE(send_data, data_args)

static int sendx(struct call *c, const struct sendx_args *a)
{
    struct listener *from = corex_listener(a->socket);

    return from ? send_text(c, a->uri, from, a->data) : SCRIPT_FALSE;
}
EXPOSE(sendx, sendx_args)

/* Sockets. */

struct text_args {
    struct str text;
};

static int set_socket(struct listener **where, struct listener *l)
{
    if (!l)
        return SCRIPT_FALSE;
    *where = l;
    return SCRIPT_TRUE;
}

static int set_send_socket(struct call *c, const struct text_args *a)
{
    return set_socket(&call_target(c, 0)->socket, corex_listener(a->text));
}
EXPOSE(set_send_socket, text_args)

static int set_send_socket_name(struct call *c, const struct text_args *a)
{
    return set_socket(&call_target(c, 0)->socket, listener_by_name(a->text));
}
EXPOSE(set_send_socket_name, text_args)

static int set_recv_socket(struct call *c, const struct text_args *a)
{
    return set_socket(&c->from.local, corex_listener(a->text));
}
EXPOSE(set_recv_socket, text_args)

static int set_recv_socket_name(struct call *c, const struct text_args *a)
{
    return set_socket(&c->from.local, listener_by_name(a->text));
}
EXPOSE(set_recv_socket_name, text_args)

static int is_socket_name(struct call *c, const struct text_args *a)
{
    (void)c;
    return listener_by_name(a->text) ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(is_socket_name, text_args)

static int set_source_address(struct call *c, const struct text_args *a)
{
    struct local_name name;
    struct addr addr;

    if (local_name_parse(a->text, &name) || addr_parse(name.host, name.port, &addr))
        return SCRIPT_FALSE;
    c->from.peer = addr;
    if (name.proto != PROTO_NONE)
        c->from.proto = name.proto;
    return SCRIPT_TRUE;
}
EXPOSE(set_source_address, text_args)

struct port_args {
    int64_t port;
};

static int add_tcp_alias(struct call *c, const struct port_args *a)
{
    if (!c->from.connection)
        return SCRIPT_FALSE;
    return result(connection_alias(c->from.connection, (uint16_t)a->port));
}
EXPOSE(add_tcp_alias, port_args)

/* Flags: kept as values of the message, so that they follow its transaction. */

static const struct str xflags_name = STR_INIT("corex:xflags");
static const struct str iflags_name = STR_INIT("corex:iflags");
static const struct str vbflags_name = STR_INIT("corex:vbflags");

static uint64_t flags_of(const struct call *c, struct str name)
{
    struct value v;

    return avp_get(c->vars, AVP_GLOBAL, name, 0, &v) ? (uint64_t)value_number(&v) : 0;
}

static int set_flags(struct call *c, struct str name, uint64_t flags)
{
    struct value v = VALUE_OF_INT((int64_t)flags);

    if (!avp_set_at(c->vars, AVP_GLOBAL, name, 0, &v))
        avp_push(c->vars, AVP_GLOBAL, name, &v);
    return SCRIPT_TRUE;
}

struct flag_args {
    int64_t flag;
};
#define FLAG_FUNCS(set, reset, is_set, name)                                                       \
    static int set(struct call *c, const struct flag_args *a)                                      \
    {                                                                                              \
        return set_flags(c, name, flags_of(c, name) | UINT64_C(1) << a->flag);                     \
    }                                                                                              \
    EXPOSE(set, flag_args)                                                                         \
    static int reset(struct call *c, const struct flag_args *a)                                    \
    {                                                                                              \
        return set_flags(c, name, flags_of(c, name) & ~(UINT64_C(1) << a->flag));                  \
    }                                                                                              \
    EXPOSE(reset, flag_args)                                                                       \
    static int is_set(struct call *c, const struct flag_args *a)                                   \
    {                                                                                              \
        return flags_of(c, name) >> a->flag & 1 ? SCRIPT_TRUE : SCRIPT_FALSE;                      \
    }                                                                                              \
    EXPOSE(is_set, flag_args)
FLAG_FUNCS(setxflag, resetxflag, isxflagset, xflags_name)
FLAG_FUNCS(msg_vbflag_set, msg_vbflag_reset, msg_vbflag_is_set, vbflags_name)

/* The packaged server's internal flags of a message, by name. */
static const char *const iflag_names[] = { "USE_UAC_FROM", "USE_UAC_TO", "UAC_AUTH", NULL };
struct iflag_args {
    int flag;
};

static int msg_iflag_set(struct call *c, const struct iflag_args *a)
{
    return set_flags(c, iflags_name, flags_of(c, iflags_name) | UINT64_C(1) << a->flag);
}
EXPOSE(msg_iflag_set, iflag_args)

static int msg_iflag_reset(struct call *c, const struct iflag_args *a)
{
    return set_flags(c, iflags_name, flags_of(c, iflags_name) & ~(UINT64_C(1) << a->flag));
}
EXPOSE(msg_iflag_reset, iflag_args)

static int msg_iflag_is_set(struct call *c, const struct iflag_args *a)
{
    return flags_of(c, iflags_name) >> a->flag & 1 ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(msg_iflag_is_set, iflag_args)

/* Files: on an offload thread, since a disk may block. */

struct file_job {
    const char *path;
    struct buf text;
    err_t result;
};

static void read_file(void *arg)
{
    struct file_job *j = arg;
    FILE *f = fopen(j->path, "re");
    size_t n = 1;

    j->result = f ? ERR_OK : ERR_NOT_FOUND;
    while (f && n > 0 && !j->result) {
        char *room = buf_room(&j->text, 4096);

        n = fread(room, 1, 4096, f);
        j->text.n += n;
        j->result = j->text.n > FILE_MAX ? ERR_LIMIT : ERR_OK;
    }
    if (f)
        fclose(f);
}

static void write_file(void *arg)
{
    struct file_job *j = arg;
    FILE *f = fopen(j->path, "we");

    j->result = f && fwrite(j->text.p, 1, j->text.n, f) == j->text.n ? ERR_OK : ERR_IO;
    if (f && fclose(f))
        j->result = ERR_IO;
}

struct read_args {
    struct str path;
    const struct var_ref *var;
};
struct write_args {
    struct str path, text;
};

static int file_read(struct call *c, const struct read_args *a)
{
    struct file_job j = { .path = arena_dup(c->arena, a->path).p };
    struct value v;
    int code = SCRIPT_FALSE;

    buf_init(&j.text, MEM_MESSAGE);
    offload_run(read_file, &j);
    v = VALUE_OF_STR(arena_dup(c->arena, buf_str(&j.text)));
    if (j.result)
        log_error("corex", STR_FMT ": %s", STR_ARG(a->path), err_text(j.result));
    else if (!var_set(c, a->var, &v))
        code = SCRIPT_TRUE;
    buf_free(&j.text);
    return code;
}
EXPOSE(file_read, read_args)

static int file_write(struct call *c, const struct write_args *a)
{
    struct file_job j = { .path = arena_dup(c->arena, a->path).p };

    buf_init(&j.text, MEM_MESSAGE);
    buf_add(&j.text, a->text);
    offload_run(write_file, &j);
    buf_free(&j.text);
    if (j.result)
        log_error("corex", STR_FMT ": %s", STR_ARG(a->path), err_text(j.result));
    return result(j.result);
}
EXPOSE(file_write, write_args)

/* Others. */

static int is_faked_msg(struct call *c)
{
    return c->packet ? SCRIPT_FALSE : SCRIPT_TRUE;
}
EXPOSE0(is_faked_msg)

EXPOSE0(is_incoming)

/* What stands on our Via, and on that of replies made here. */
struct switch_args {
    bool on;
};
#define VIA_SWITCH(fn, flag)                                                                       \
    static int fn(struct call *c, const struct switch_args *a)                                     \
    {                                                                                              \
        c->via_flags = (uint8_t)(a->on ? c->via_flags | (flag) : c->via_flags & ~(flag));          \
        return SCRIPT_TRUE;                                                                        \
    }                                                                                              \
    EXPOSE(fn, switch_args)
VIA_SWITCH(via_add_srvid, VIA_SERVER_ID)
VIA_SWITCH(via_add_xavp_params, VIA_PARAMS)
VIA_SWITCH(via_use_xavp_fields, VIA_FIELDS)
VIA_SWITCH(via_reply_add_xavp_params, VIA_REPLY_PARAMS)

static int vbflag_parse(struct call *c, const struct flag_args *a)
{
    (void)c;
    (void)a;
    return SCRIPT_FALSE;
}
EXPOSE(vbflag_parse, flag_args)

static const struct field index_args_fields[] = {
    FIELD(index_args, branch, "Number of the branch whose URIs count.", .def = "0", .min = 0,
          .max = TARGETS_MAX),
    { 0 },
};
static const struct field uri_args_fields[] = {
    FIELD(uri_args, uri, "Where to send it."),
    FIELD(uri_args, branch, "Number of a branch.", .def = "0"),
    { 0 },
};
static const struct field branch_args_fields[] = {
    FIELD(branch_args, uri, "Its URI; missing: the Request-URI as it stands.", .optional = true),
    FIELD(branch_args, q, "Its weight, 0 to 1.", .optional = true),
    { 0 },
};
static const struct field host_args_fields[] = {
    FIELD(host_args, host, "host or host:port; missing: where the request would go.",
          .optional = true),
    { 0 },
};
static const struct field data_args_fields[] = {
    FIELD(data_args, uri, "Where to, a SIP URI."),
    FIELD(data_args, data, "What to send."),
    { 0 },
};
static const struct field sendx_args_fields[] = {
    FIELD(sendx_args, uri, "Where to, a SIP URI."),
    FIELD(sendx_args, socket, "The listening socket to send from."),
    FIELD(sendx_args, data, "What to send."),
    { 0 },
};
static const struct field text_args_fields[] = {
    FIELD(text_args, text, "The socket, proto:address:port, or its name."),
    { 0 },
};
static const struct field port_args_fields[] = {
    FIELD(port_args, port, "The port.", .min = 1, .max = 65535),
    { 0 },
};
static const struct field flag_args_fields[] = {
    FIELD(flag_args, flag, "Number of the flag.", .min = 0, .max = 63),
    { 0 },
};
static const struct field switch_args_fields[] = {
    FIELD(switch_args, on, "1: yes; 0: no."),
    { 0 },
};
static const struct field iflag_args_fields[] = {
    FIELD(iflag_args, flag, "Name of the flag.", .choices = iflag_names),
    { 0 },
};
static const struct field read_args_fields[] = {
    FIELD(read_args, path, "Path of the file."),
    FIELD(read_args, var, "Variable that gets the text."),
    { 0 },
};
static const struct field write_args_fields[] = {
    FIELD(write_args, path, "Path of the file."),
    FIELD(write_args, text, "The text."),
    { 0 },
};

#define REQUESTS .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_EVENT
const struct func corex_funcs[] = {
    FUNC(append_branch, branch_args, "Adds a branch.", REQUESTS),
    FUNC(forward_uac, index_args, "Forwards the request statelessly.", .suspends = true,
         .routes = ROUTE_REQUEST | ROUTE_EVENT),
    FUNC(forward_uac_uri, uri_args, "Forwards the request statelessly to a URI.", .suspends = true,
         .routes = ROUTE_REQUEST | ROUTE_EVENT),
    FUNC0(forward_reply, "Forwards the reply at once.", .suspends = true, .routes = ROUTE_REPLY),
    FUNC(send_udp, host_args, "Sends the message as it was received, over UDP.", .suspends = true,
         REQUESTS),
    FUNC(send_tcp, host_args, "Sends the message as it was received, over TCP.", .suspends = true,
         REQUESTS),
    FUNC(send_data, data_args, "Sends any text.", .suspends = true),
    FUNC(sendx, sendx_args, "Sends any text from a certain socket.", .suspends = true),
    FUNC(set_send_socket, text_args, "Chooses the socket to send from by its address."),
    FUNC(set_send_socket_name, text_args, "Chooses the socket to send from by its name."),
    FUNC(set_recv_socket, text_args, "Takes another socket for the one the message came in by."),
    FUNC(set_recv_socket_name, text_args,
         "Takes another socket, by name, for the one the message came in by."),
    FUNC(set_source_address, text_args, "Takes another address for the message's source."),
    FUNC(is_socket_name, text_args, "Tells whether a listening socket has this name."),
    FUNC(add_tcp_alias, port_args, "Makes the connection serve a port of its peer's address too."),
    FUNC(setxflag, flag_args, "Sets an extended flag of the message."),
    FUNC(resetxflag, flag_args, "Clears an extended flag of the message."),
    FUNC(isxflagset, flag_args, "Tells whether an extended flag is set."),
    FUNC(msg_vbflag_set, flag_args, "Sets a flag of the message's Via branch."),
    FUNC(msg_vbflag_reset, flag_args, "Clears a flag of the message's Via branch."),
    FUNC(msg_vbflag_is_set, flag_args, "Tells whether a flag of the Via branch is set."),
    FUNC_NAMED("msg_vbflag_parse", vbflag_parse, flag_args,
               "Reads the flags from a Via branch; there are none in ours.",
               .differs = "flags are not written into the branch: always false"),
    FUNC(msg_iflag_set, iflag_args, "Sets an internal flag of the message.",
         .differs = "the flag is kept, and nothing looks at it"),
    FUNC(msg_iflag_reset, iflag_args, "Clears an internal flag of the message."),
    FUNC(msg_iflag_is_set, iflag_args, "Tells whether an internal flag is set."),
    FUNC(file_read, read_args, "Reads a file into a variable.", .suspends = true),
    FUNC(file_write, write_args, "Writes a text to a file.", .suspends = true),
    FUNC0(is_faked_msg, "Tells whether no received message is being dealt with."),
    FUNC0(is_incoming, "Tells whether the message was received."),
    FUNC(via_add_srvid, switch_args, "Whether our Via tells server_id, unless that is 0."),
    FUNC(via_add_xavp_params, switch_args,
         "Whether the fields of the XAVP named by xavp_via_params become parameters of our Via."),
    FUNC(via_use_xavp_fields, switch_args,
         "Whether the fields address and port of the XAVP named by xavp_via_fields stand on our "
         "Via."),
    FUNC(via_reply_add_xavp_params, switch_args,
         "Whether the fields of the XAVP named by xavp_via_reply_params become parameters of the "
         "first Via of replies made here."),
    { 0 },
};
