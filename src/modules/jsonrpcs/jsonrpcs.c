/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON-RPC over HTTP (through xhttp), a FIFO, a datagram socket and TCP. */
#include "base/log.h"
#include "control/address.h"
#include "control/control.h"
#include "control/json.h"
#include "control/reply_file.h"
#include "control/service.h"
#include "core/http.h"
#include "modules/jsonrpcs/text.h"
#include "script/value.h"

enum { TRANSPORT_HTTP = 1, TRANSPORT_FIFO = 2, TRANSPORT_DATAGRAM = 4, TRANSPORT_TCP = 8 };
enum place { PLACE_FIFO, PLACE_DATAGRAM, PLACE_TCP, PLACE_COUNT };

struct jsonrpcs_conf {
    bool pretty_format;
    int64_t transport;
    struct str fifo_name, fifo_group, fifo_user, fifo_reply_dir;
    int64_t fifo_mode;
    struct str dgram_socket, dgram_group, dgram_user;
    int64_t dgram_workers, dgram_timeout, dgram_mode;
    struct str tcp_socket;
    /* worked out by check() */
    struct service_spec specs[PLACE_COUNT];
    bool wanted[PLACE_COUNT];
};

/* What the last jsonrpc_exec of a run answered. */
struct executed {
    int code;
    struct str reason, body;
};

extern const struct module module_jsonrpcs;

static struct {
    struct module_slot slot;
    struct service *services[PLACE_COUNT];
    bool running;
    unsigned call_slot;
} self;

static unsigned format_flags(const struct jsonrpcs_conf *conf)
{
    return conf->pretty_format ? JSONRPC_PRETTY : 0;
}

/* A request of a FIFO names the file for its answer. */
static void fifo_request(void *ctx, struct str text, struct arena *a, struct buf *out)
{
    const struct jsonrpcs_conf *conf = current_conf(&module_jsonrpcs);
    struct str name = jsonrpc_reply_name(text, a), dir = arena_dup(a, conf->fifo_reply_dir);
    struct jsonrpc_reply reply = { 0 };
    err_t e;

    (void)ctx;
    jsonrpc_run(text, format_flags(conf), a, out, &reply);
    if (name.n) {
        e = reply_file_write(dir, name, buf_str(out));
        if (e)
            log_warn("jsonrpcs", "no answer could be written to " STR_FMT ": %s", STR_ARG(name),
                     err_text(e));
    }
    buf_clear(out);
}

static void socket_request(void *ctx, struct str text, struct arena *a, struct buf *out)
{
    struct jsonrpc_reply reply = { 0 };

    (void)ctx;
    if (str_trim(text).n)
        jsonrpc_run(text, format_flags(current_conf(&module_jsonrpcs)), a, out, &reply);
}

static const struct service_protocol fifo_protocol = { "jsonrpcs", jsonrpc_frame, fifo_request };
static const struct service_protocol socket_protocol = { "jsonrpcs", jsonrpc_frame,
                                                         socket_request };

/* Parameters. */

static void set_owner(struct load *l, struct service_spec *spec, const char *user_name,
                      struct str user, const char *group_name, struct str group)
{
    spec->user = spec->group = -1;
    if (user.n && service_user(user, &spec->user))
        load_fault(l, user_name, "there is no user \"" STR_FMT "\"", STR_ARG(user));
    if (group.n && service_group(group, &spec->group))
        load_fault(l, group_name, "there is no group \"" STR_FMT "\"", STR_ARG(group));
}

static void plan_fifo(struct load *l, struct jsonrpcs_conf *c)
{
    struct service_spec *spec = &c->specs[PLACE_FIFO];

    *spec = (struct service_spec){ .kind = SERVICE_FIFO, .mode = (unsigned)c->fifo_mode & 0777 };
    spec->path = c->fifo_name;
    set_owner(l, spec, "fifo_user", c->fifo_user, "fifo_group", c->fifo_group);
    c->wanted[PLACE_FIFO] = spec->path.n > 0;
}

static void plan_datagram(struct load *l, struct jsonrpcs_conf *c)
{
    struct service_spec *spec = &c->specs[PLACE_DATAGRAM];
    char space[256];
    struct buf why;

    buf_fixed(&why, space, sizeof space);
    *spec = (struct service_spec){ .kind = SERVICE_UNIX_DATAGRAM,
                                   .mode = (unsigned)c->dgram_mode & 0777 };
    c->wanted[PLACE_DATAGRAM] = c->dgram_socket.n > 0;
    set_owner(l, spec, "dgram_user", c->dgram_user, "dgram_group", c->dgram_group);
    if (!str_istarts(c->dgram_socket, STR("udp:"))) {
        spec->path = c->dgram_socket;
        return;
    }
    if (control_address(c->dgram_socket, SERVICE_UDP, spec, &why))
        load_fault(l, "dgram_socket", STR_FMT, STR_ARG(buf_str(&why)));
}

static void plan_tcp(struct load *l, struct jsonrpcs_conf *c)
{
    struct service_spec *spec = &c->specs[PLACE_TCP];
    char space[256];
    struct buf why;

    buf_fixed(&why, space, sizeof space);
    *spec = (struct service_spec){ .user = -1, .group = -1 };
    c->wanted[PLACE_TCP] = c->tcp_socket.n > 0;
    if (c->tcp_socket.n == 0)
        return;
    if (control_address(c->tcp_socket, SERVICE_TCP, spec, &why))
        load_fault(l, "tcp_socket", STR_FMT, STR_ARG(buf_str(&why)));
    spec->kind = SERVICE_TCP;
}

static err_t check(struct load *l, void *conf)
{
    struct jsonrpcs_conf *c = conf;
    int64_t transports = c->transport ? c->transport : 15;

    if (transports & TRANSPORT_FIFO)
        plan_fifo(l, c);
    if (transports & TRANSPORT_DATAGRAM)
        plan_datagram(l, c);
    if (transports & TRANSPORT_TCP || c->tcp_socket.n)
        plan_tcp(l, c);
    if (c->transport == TRANSPORT_HTTP && !load_has_module(l, "xhttp"))
        load_warn(l, "W-jsonrpc-transport", "JSON-RPC over HTTP needs loadmodule \"xhttp.so\"");
    return ERR_OK;
}

/* Serving. */

static err_t serve(const struct jsonrpcs_conf *c)
{
    err_t result = ERR_OK;

    for (int i = 0; i < PLACE_COUNT; i++) {
        char space[256];
        struct buf why;

        if (self.services[i] && c->wanted[i] && service_is(self.services[i], &c->specs[i]))
            continue;
        service_close(self.services[i]);
        self.services[i] = NULL;
        buf_fixed(&why, space, sizeof space);
        if (c->wanted[i] &&
            service_open(&c->specs[i], i == PLACE_FIFO ? &fifo_protocol : &socket_protocol,
                         &self.services[i], &why)) {
            log_error("jsonrpcs", STR_FMT, STR_ARG(buf_str(&why)));
            result = ERR_IO;
        }
    }
    return result;
}

static err_t start(const void *conf)
{
    (void)conf;
    self.call_slot = call_slot_new();
    return ERR_OK;
}

static err_t worker_start(const void *conf)
{
    if (worker_index(worker_self()) != 0)
        return ERR_OK;
    self.running = true;
    return serve(conf);
}

static void worker_stop(void)
{
    static const struct jsonrpcs_conf nothing;

    if (worker_index(worker_self()) != 0)
        return;
    (void)serve(&nothing);
    self.running = false;
}

static void apply(void *arg)
{
    (void)arg;
    if (self.running && serve(current_conf(&module_jsonrpcs)))
        log_error("jsonrpcs", "not all control sockets could be opened");
}

static void adopt(const void *conf)
{
    (void)conf;
    if (self.running)
        worker_post(worker_at(0), apply, NULL);
}

/* In scripts. */

static int jsonrpc_dispatch(struct call *c)
{
    const struct jsonrpcs_conf *conf = call_conf(c, &module_jsonrpcs);
    struct jsonrpc_reply reply = { 0 };
    struct buf out;
    int result;

    if (!c->msg || !str_istarts(c->msg->version, STR("HTTP/")))
        return SCRIPT_FALSE;
    buf_init(&out, MEM_CONTROL);
    jsonrpc_run(c->msg->body, format_flags(conf), c->arena, &out, &reply);
    result =
        http_reply(c, (unsigned)reply.code, reply.reason, STR("application/json"), buf_str(&out))
            ? SCRIPT_FALSE
            : SCRIPT_TRUE;
    buf_free(&out);
    return result;
}
EXPOSE0(jsonrpc_dispatch)

struct exec_args {
    struct str request;
};
static const struct field exec_args_fields[] = {
    FIELD(exec_args, request, "A whole JSON-RPC request."),
    { 0 },
};

static int jsonrpc_exec(struct call *c, const struct exec_args *a)
{
    const struct jsonrpcs_conf *conf = call_conf(c, &module_jsonrpcs);
    struct executed *x = ARENA_NEW(c->arena, struct executed);
    struct jsonrpc_reply reply = { 0 };
    struct buf out;

    buf_init(&out, MEM_CONTROL);
    jsonrpc_run(a->request, format_flags(conf), c->arena, &out, &reply);
    *x = (struct executed){ reply.code, reply.reason, arena_dup(c->arena, buf_str(&out)) };
    buf_free(&out);
    c->module_data[self.call_slot] = x;
    return SCRIPT_TRUE;
}
EXPOSE(jsonrpc_exec, exec_args)

enum answer_part { PART_CODE = 1, PART_TEXT, PART_BODY };

static err_t prepare_answer(struct load *l, const struct var_ref *at, const void **prepared)
{
    static const struct {
        struct str name;
        enum answer_part part;
    } parts[] = { { STR_INIT("code"), PART_CODE },
                  { STR_INIT("text"), PART_TEXT },
                  { STR_INIT("body"), PART_BODY } };

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (str_eq(at->key, parts[i].name)) {
            *prepared = &parts[i].part;
            return ERR_OK;
        }
    load_fault(l, NULL, "$jsonrpl has the parts code, text and body");
    return ERR_NOT_FOUND;
}

static err_t get_answer(struct call *c, const struct var_ref *at, struct value *out)
{
    const struct executed *x = c->module_data[self.call_slot];
    const enum answer_part *part = at->prepared;

    *out = VALUE_NONE;
    if (!x || !part)
        return ERR_OK;
    switch (*part) {
    case PART_CODE: *out = VALUE_OF_INT(x->code); break;
    case PART_TEXT: *out = VALUE_OF_STR(x->reason); break;
    case PART_BODY: *out = VALUE_OF_STR(x->body); break;
    }
    return ERR_OK;
}

static err_t echo(struct rpc *r, const void *args)
{
    (void)args;
    for (size_t i = 0; i < rpc_arg_count(r); i++) {
        struct value v = rpc_arg(r, i);

        rpc_value(rpc_root(r), &v);
    }
    return ERR_OK;
}

static const struct field params[] = {
    FIELD(jsonrpcs_conf, pretty_format, "Whether answers are indented.", .def = "1"),
    FIELD(jsonrpcs_conf, transport,
          "Sum of the transports: 1 HTTP, 2 FIFO, 4 datagrams, 8 TCP; 0: all that are set up.",
          .def = "6", .min = 0, .max = 15),
    FIELD(jsonrpcs_conf, fifo_name,
          "The FIFO that requests are written into; in the folder of run-time files when relative.",
          .def = "kamailio_rpc.fifo"),
    FIELD(jsonrpcs_conf, fifo_mode, "Its permissions.", .def = "432", .min = 0, .max = 0777),
    FIELD(jsonrpcs_conf, fifo_group, "Its group, by name or number.", .optional = true),
    FIELD(jsonrpcs_conf, fifo_user, "Its owner, by name or number.", .optional = true),
    FIELD(jsonrpcs_conf, fifo_reply_dir, "The folder of the FIFOs that answers go into.",
          .def = "/tmp/"),
    FIELD(jsonrpcs_conf, dgram_socket,
          "A datagram socket: a path (in the folder of run-time files when relative) or "
          "udp:address:port.",
          .def = "kamailio_rpc.sock"),
    FIELD(jsonrpcs_conf, dgram_workers, "Processes that serve it.", .def = "1",
          .inert = "a coroutine serves each request"),
    FIELD(jsonrpcs_conf, dgram_timeout, "How long to try to send an answer, in milliseconds.",
          .def = "2000", .inert = "datagrams are sent at once or not at all"),
    FIELD(jsonrpcs_conf, dgram_mode, "Permissions of the datagram socket.", .def = "432", .min = 0,
          .max = 0777),
    FIELD(jsonrpcs_conf, dgram_group, "Its group, by name or number.", .optional = true),
    FIELD(jsonrpcs_conf, dgram_user, "Its owner, by name or number.", .optional = true),
    FIELD(jsonrpcs_conf, tcp_socket, "Serves JSON-RPC on this address too, tcp:address:port.",
          .optional = true),
    { 0 },
};
static const struct func funcs[] = {
    FUNC0(jsonrpc_dispatch,
          "Runs the JSON-RPC request in the body of an HTTP request, and answers.",
          .routes = ROUTE_REQUEST | ROUTE_EVENT, .suspends = true,
          .returns = (const struct outcome[]){ { 1, "the answer was sent" },
                                               { -1, "it was not, or the request is not HTTP" },
                                               { 0 } }),
    FUNC(jsonrpc_exec, exec_args, "Runs a JSON-RPC request; $jsonrpl holds the answer.",
         .suspends = true, .returns = (const struct outcome[]){ { 1, "always" }, { 0 } }),
    { 0 },
};
static const struct variable vars[] = {
    { .name = "jsonrpl",
      .key = true,
      .get = get_answer,
      .prepare = prepare_answer,
      .doc = "The answer to the last jsonrpc_exec(): code, text or body." },
    { 0 },
};
static const struct rpc_method methods[] = {
    { .name = "jsonrpc.echo", .run = echo, .array = true, .doc = "Answers with its arguments." },
    { 0 },
};

const struct module module_jsonrpcs = {
    .abi = MODULE_ABI,
    .name = "jsonrpcs",
    .doc = "Control by JSON-RPC 2.0: over HTTP, a FIFO, a datagram socket and TCP.",
    .slot = &self.slot,
    .conf_size = sizeof(struct jsonrpcs_conf),
    .params = params,
    .funcs = funcs,
    .vars = vars,
    .methods = methods,
    .check = check,
    .start = start,
    .worker_start = worker_start,
    .worker_stop = worker_stop,
    .adopt = adopt,
};
