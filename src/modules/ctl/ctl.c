/* SPDX-License-Identifier: BSD-2-Clause */
/* The control interface of kamcmd: binary RPC over unix sockets, TCP and UDP. */
#include "base/log.h"
#include "control/address.h"
#include "control/control.h"
#include "modules/ctl/binrpc.h"
#include "modules/ctl/line.h"

enum { SERVICES_MAX = 16 };

struct ctl_conf {
    struct str_list binrpc, fifo;
    int64_t mode;
    struct str user, group;
    int64_t autoconversion;
    int64_t body_kib, struct_kib, buffer;
};

/* What is to be opened, worked out by check(). */
struct ctl_plan {
    struct ctl_conf conf;
    struct service_spec specs[SERVICES_MAX];
    bool lines[SERVICES_MAX]; /* the line protocol instead of the binary one */
    size_t n;
};

extern const struct module module_ctl;

static struct {
    struct module_slot slot;
    struct service *services[SERVICES_MAX];
    bool lines[SERVICES_MAX];
    size_t n;
    bool running;
} self;

/* One request over the binary protocol. */
static void request(void *ctx, struct str packet, struct arena *arena, struct buf *out)
{
    struct binrpc_request q;
    struct rpc_answer answer = { 0 };
    err_t e = binrpc_read(packet, arena, &q);

    (void)ctx;
    if (e) {
        answer.code = 400;
        answer.error = e == ERR_UNSUPPORTED ? STR("structures cannot be arguments")
                       : e == ERR_LIMIT     ? STR("too many arguments")
                                            : STR("malformed request");
    } else {
        struct rpc_request r = { .method = q.method, .args = q.args, .n_args = q.n_args };

        rpc_execute(&r, arena, &answer);
    }
    binrpc_write(out, q.cookie, &answer);
}

static const struct service_protocol binary = { "binrpc", binrpc_frame, request };

static void plan_one(struct load *l, struct ctl_plan *p, const char *parameter, struct str text,
                     bool lines)
{
    struct service_spec *spec = &p->specs[p->n];
    char space[256];
    struct buf why;

    buf_fixed(&why, space, sizeof space);
    *spec = (struct service_spec){ .mode = (unsigned)p->conf.mode & 0777, .user = -1, .group = -1 };
    if (p->n == SERVICES_MAX) {
        load_fault(l, parameter, "at most %d control sockets", SERVICES_MAX);
        return;
    }
    if (control_address(text, lines ? SERVICE_FIFO : SERVICE_UNIX, spec, &why)) {
        load_fault(l, parameter, STR_FMT, STR_ARG(buf_str(&why)));
        return;
    }
    if (spec->kind == SERVICE_FIFO && !lines) {
        load_fault(l, parameter, "binrpc needs a socket: unixs:, unixd:, tcp: or udp:");
        return;
    }
    if (p->conf.user.n && service_user(p->conf.user, &spec->user))
        load_fault(l, "user", "there is no user \"" STR_FMT "\"", STR_ARG(p->conf.user));
    if (p->conf.group.n && service_group(p->conf.group, &spec->group))
        load_fault(l, "group", "there is no group \"" STR_FMT "\"", STR_ARG(p->conf.group));
    p->lines[p->n++] = lines;
}

static err_t check(struct load *l, void *conf)
{
    struct ctl_plan *p = conf;

    for (size_t i = 0; i < p->conf.binrpc.n; i++)
        plan_one(l, p, "binrpc", p->conf.binrpc.items[i], false);
    if (p->conf.binrpc.n == 0)
        plan_one(l, p, "binrpc", STR("unixs:kamailio_ctl"), false);
    for (size_t i = 0; i < p->conf.fifo.n; i++)
        plan_one(l, p, "fifo", p->conf.fifo.items[i], true);
    return ERR_OK;
}

/* Makes what is served what the plan says: closes what it no longer has, opens what is new. */
static err_t serve(const struct ctl_plan *p)
{
    struct service *before[SERVICES_MAX];
    bool before_lines[SERVICES_MAX];
    size_t n_before = self.n, kept[SERVICES_MAX];
    err_t e = ERR_OK;

    memcpy(before, self.services, sizeof before);
    memcpy(before_lines, self.lines, sizeof before_lines);
    for (size_t i = 0; i < p->n; i++) {
        kept[i] = SIZE_MAX;
        for (size_t j = 0; j < n_before; j++)
            if (before[j] && before_lines[j] == p->lines[i] && service_is(before[j], &p->specs[i]))
                kept[i] = j;
    }
    for (size_t j = 0; j < n_before; j++) {
        bool wanted = false;

        for (size_t i = 0; i < p->n; i++)
            wanted = wanted || kept[i] == j;
        if (!wanted)
            service_close(before[j]);
    }
    self.n = 0;
    for (size_t i = 0; i < p->n; i++) {
        struct service *s = NULL;
        char space[256];
        struct buf why;

        buf_fixed(&why, space, sizeof space);
        if (kept[i] != SIZE_MAX) {
            s = before[kept[i]];
        } else if (service_open(&p->specs[i], p->lines[i] ? &line_protocol : &binary, &s, &why)) {
            log_error("ctl", STR_FMT, STR_ARG(buf_str(&why)));
            e = ERR_IO;
            continue;
        }
        self.lines[self.n] = p->lines[i];
        self.services[self.n++] = s;
    }
    return e;
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
    static const struct ctl_plan nothing;

    if (worker_index(worker_self()) != 0)
        return;
    (void)serve(&nothing); /* closing does not fail */
    self.running = false;
}

static void apply(void *arg)
{
    (void)arg;
    if (self.running && serve(current_conf(&module_ctl)))
        log_error("ctl", "not all control sockets could be opened");
}

static void adopt(const void *conf)
{
    (void)conf;
    if (self.running)
        worker_post(worker_at(0), apply, NULL);
}

/* ctl.* */

static void put_place(struct rpc_node *root, const struct service *s, bool lines)
{
    const struct service_spec *spec = service_spec(s);

    rpc_str(root, lines ? STR("fifo") : STR("binrpc"));
    rpc_str(root, str_of(control_kind_name(spec->kind)));
}

static void put_end(struct rpc_node *root, const struct service *s)
{
    const struct service_spec *spec = service_spec(s);
    char space[64];
    struct buf b;

    if (spec->kind != SERVICE_TCP && spec->kind != SERVICE_UDP) {
        rpc_str(root, service_path(s));
        rpc_str(root, STR(""));
        return;
    }
    buf_fixed(&b, space, sizeof space);
    addr_print_ip(&b, &spec->addr, false);
    rpc_str(root, buf_str(&b));
    rpc_fmt(root, "%u", service_port(s));
}

static err_t listen_run(struct rpc *r)
{
    for (size_t i = 0; i < self.n; i++) {
        put_place(rpc_root(r), self.services[i], self.lines[i]);
        put_end(rpc_root(r), self.services[i]);
    }
    return ERR_OK;
}

static err_t connections_run(struct rpc *r)
{
    unsigned n = 0;

    for (size_t i = 0; i < self.n; i++)
        if (service_spec(self.services[i])->kind != SERVICE_FIFO)
            n += service_clients(self.services[i]);
    rpc_int(rpc_root(r), n);
    return ERR_OK;
}

struct who {
    struct rpc_node *root;
    const struct service *service;
    bool lines;
};

static void put_client(const struct addr *peer, void *arg)
{
    struct who *w = arg;
    char space[64];
    struct buf b;

    put_place(w->root, w->service, w->lines);
    buf_fixed(&b, space, sizeof space);
    if (addr_is_set(peer)) {
        addr_print_ip(&b, peer, false);
        rpc_str(w->root, buf_str(&b));
        rpc_fmt(w->root, "%u", addr_port(peer));
    } else {
        rpc_str(w->root, STR("<anonymous unix socket>"));
        rpc_str(w->root, STR(""));
    }
    put_end(w->root, w->service);
}

static err_t who_run(struct rpc *r)
{
    for (size_t i = 0; i < self.n; i++) {
        struct who w = { rpc_root(r), self.services[i], self.lines[i] };

        service_each_client(self.services[i], put_client, &w);
    }
    return ERR_OK;
}

/* The services belong to the first worker; a request may have come in by another one. */
struct errand {
    struct rpc *rpc;
    err_t (*run)(struct rpc *r);
};

static err_t run_errand(void *arg)
{
    struct errand *e = arg;

    return e->run(e->rpc);
}

static err_t on_first_worker(struct rpc *r, err_t (*run)(struct rpc *r))
{
    struct errand e = { r, run };

    if (worker_self() == worker_at(0))
        return run(r);
    return worker_call(worker_at(0), run_errand, &e);
}

static err_t ctl_listen(struct rpc *r, const void *args)
{
    (void)args;
    return on_first_worker(r, listen_run);
}

static err_t ctl_connections(struct rpc *r, const void *args)
{
    (void)args;
    return on_first_worker(r, connections_run);
}

static err_t ctl_who(struct rpc *r, const void *args)
{
    (void)args;
    return on_first_worker(r, who_run);
}

static const struct rpc_method methods[] = {
    { .name = "ctl.listen", .run = ctl_listen, .doc = "The control sockets that are served." },
    { .name = "ctl.connections",
      .run = ctl_connections,
      .doc = "How many control clients are connected." },
    { .name = "ctl.who", .run = ctl_who, .doc = "The control clients that are connected." },
    { 0 },
};

#define CTL(member, label, ...) FIELD_NAMED(ctl_plan, conf.member, label, __VA_ARGS__)
static const struct field params[] = {
    CTL(binrpc, "binrpc",
        "Where clients of the binary protocol come in: unixs:/path, unixd:/path, tcp:address:port, "
        "udp:address:port; may be given many times. Default: unixs:kamailio_ctl in the folder of "
        "run-time files.",
        .optional = true),
    CTL(fifo, "fifo",
        "Where clients of the old line protocol come in: fifo:/path, tcp:address:port, "
        "udp:address:port; may be given many times.",
        .optional = true),
    CTL(mode, "mode", "Permissions of the files that are made.", .def = "384", .min = 0,
        .max = 0777),
    CTL(user, "user", "User who owns them, by name or number.", .optional = true),
    CTL(group, "group", "Group that owns them, by name or number.", .optional = true),
    CTL(autoconversion, "autoconversion", "Whether numbers and strings are converted.", .def = "0",
        .inert = "arguments are always converted where a method asks for the other kind"),
    CTL(body_kib, "binrpc_max_body_size", "Largest answer.", .def = "32",
        .inert = "answers may have any size"),
    CTL(struct_kib, "binrpc_struct_max_body_size", "Largest structure in an answer.", .def = "8",
        .inert = "answers may have any size"),
    CTL(buffer, "binrpc_buffer_size", "Space for one printed value.", .def = "1024",
        .inert = "answers may have any size"),
    { 0 },
};

const struct module module_ctl = {
    .abi = MODULE_ABI,
    .name = "ctl",
    .doc = "Control by kamcmd: its binary protocol over unix sockets, TCP and UDP.",
    .slot = &self.slot,
    .conf_size = sizeof(struct ctl_plan),
    .params = params,
    .methods = methods,
    .check = check,
    .worker_start = worker_start,
    .worker_stop = worker_stop,
    .adopt = adopt,
};
