/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens before each action of a script: a line in the log, or a stop until someone says how
 * to go on. Only the call that stops waits; its worker goes on with the others, so several calls
 * may wait in one worker: commands go to the one that has waited longest, or is led by steps.
 */
#include "modules/debugger/debugger.h"
#include <sys/syscall.h>
#include <unistd.h>

/* A call that waits; on its own stack. */
struct pause {
    struct link link;
    struct call *c;
    const struct script_action *at;
    struct co *co;
    bool looked_at; /* a variable of it is being read */
};

struct debugger_self debugger_self;

static struct seat *my_seat(void)
{
    struct worker *w = worker_self();

    return w ? &debugger_self.seats[worker_index(w)] : NULL;
}

static unsigned said_by(const struct debugger_conf *conf)
{
    return (conf->cfgtrace ? WATCH_TRACE : 0) | (conf->breakpoint ? WATCH_BREAK : 0);
}

err_t trace_worker_start(const void *conf)
{
    struct seat *s = my_seat();

    list_init(&s->paused);
    s->worker = worker_self();
    atomic_store(&s->watching, said_by(conf));
    atomic_store(&s->tid, (int)syscall(SYS_gettid));
    return ERR_OK;
}

void trace_adopt(const struct debugger_conf *conf)
{
    unsigned now = said_by(conf);

    if (atomic_exchange(&debugger_self.said, now) == now)
        return;
    for (unsigned i = 0; i < workers_count(); i++)
        atomic_store(&debugger_self.seats[i].watching, now);
}

/* ---- how an action is told ---- */

/* Numbers by which traces of the packaged server tell actions. */
static int action_number(const struct script_action *a)
{
    enum { FIRST_OF_MODULES = 24, MANY_ARGS = 31 };
    static const int kinds[] = {
        [ACTION_ROUTE] = 5,   [ACTION_ASSIGN] = 63, [ACTION_IF] = 16,       [ACTION_WHILE] = 23,
        [ACTION_SWITCH] = 21, [ACTION_END] = 2,     [ACTION_CORE_CALL] = 1,
    };
    static const struct {
        const char *name;
        int number;
    } of_core[] = {
        { "log", 3 },
        { "rewritehost", 7 },
        { "sethost", 7 },
        { "rewritehostport", 8 },
        { "sethostport", 8 },
        { "rewriteuser", 9 },
        { "setuser", 9 },
        { "rewriteuserpass", 10 },
        { "setuserpass", 10 },
        { "rewriteport", 11 },
        { "setport", 11 },
        { "rewriteuri", 12 },
        { "seturi", 12 },
        { "userphone", 15 },
        { "setflag", 39 },
        { "resetflag", 40 },
        { "isflagset", 41 },
        { "prefix", 44 },
        { "strip", 45 },
        { "strip_tail", 46 },
        { "remove_branch", 48 },
        { "clear_branches", 49 },
        { "revert_uri", 50 },
        { "force_rport", 55 },
        { "add_local_rport", 56 },
        { "set_advertised_address", 57 },
        { "force_tcp_alias", 59 },
        { "force_send_socket", 62 },
        { "udp_mtu_try_proto", 65 },
        { "set_forward_no_connect", 66 },
    };

    if (a->kind == ACTION_CALL)
        return a->n_args > MANY_ARGS - FIRST_OF_MODULES ? MANY_ARGS
                                                        : FIRST_OF_MODULES + (int)a->n_args;
    for (size_t i = 0; a->kind == ACTION_CORE_CALL && i < sizeof of_core / sizeof *of_core; i++)
        if (strcmp(of_core[i].name, a->name) == 0)
            return of_core[i].number;
    return kinds[a->kind];
}

static void tell_trace(const struct debugger_conf *conf, const struct script_action *a)
{
    struct str block = a->block_name.n ? a->block_name : STR("DEFAULT_ROUTE");
    int number = action_number(a);

    if (conf->short_trace)
        log_write_as(&conf->form, (enum log_level)conf->log_level, conf->area,
                     "%s=[" STR_FMT "] l=%u a=%d n=%s", a->block_kind, STR_ARG(block), a->line,
                     number, a->name);
    else
        log_write_as(&conf->form, (enum log_level)conf->log_level, conf->area,
                     "%s=[" STR_FMT "] c=[" STR_FMT "] l=%u a=%d n=%s", a->block_kind,
                     STR_ARG(block), STR_ARG(a->file), a->line, number, a->name);
}

static void tell_assigned(struct call *c, const struct script_action *a)
{
    struct str name = var_text(a->assigned);
    struct value v;

    if (var_get(c, a->assigned, &v) || v.type == VALUE_NULL)
        log_debug("debugger", STR_FMT ":$null", STR_ARG(name));
    else if (v.type == VALUE_INT)
        log_debug("debugger", STR_FMT ":%lld", STR_ARG(name), (long long)v.i);
    else
        log_debug("debugger", STR_FMT ":\"" STR_FMT "\"", STR_ARG(name), STR_ARG(v.s));
}

/* ---- waiting ---- */

static void wait_here(struct seat *s, struct call *c, const struct script_action *a)
{
    struct pause p = { .c = c, .at = a, .co = co_self() };
    const struct debugger_conf *conf = call_conf(c, &module_debugger);

    if (!co_may_suspend())
        return;
    if (s->led == c->serial)
        list_push_front(&s->paused, &p.link);
    else
        list_push(&s->paused, &p.link);
    s->led = s->led == c->serial ? 0 : s->led;
    atomic_fetch_add(&s->waiting, 1);
    log_write_as(&conf->form, (enum log_level)conf->log_level, "debugger",
                 "breakpoint hit: p=[%d] c=[" STR_FMT "] l=%u a=%d n=%s", atomic_load(&s->tid),
                 STR_ARG(a->file), a->line, action_number(a), a->name);
    /* whatever wakes it, the script goes on */
    (void)co_suspend();
    list_remove(&p.link);
    atomic_fetch_sub(&s->waiting, 1);
}

void trace_action(struct call *c, const struct script_action *a, bool done)
{
    struct seat *s = my_seat();
    const struct debugger_conf *conf;
    unsigned watching;

    if (!s)
        return;
    watching = atomic_load_explicit(&s->watching, memory_order_relaxed);
    conf = call_conf(c, &module_debugger);
    if (done) {
        if (conf->log_assign && log_on(LOG_DEBUG))
            tell_assigned(c, a);
        return;
    }
    if (!watching && s->led != c->serial)
        return;
    if (watching & WATCH_TRACE)
        tell_trace(conf, a);
    if (watching & WATCH_BREAK || s->led == c->serial)
        wait_here(s, c, a);
}

void trace_anchor(struct call *c)
{
    struct seat *s = my_seat();
    struct script_action here = { .kind = ACTION_CALL, .name = "dbg_breakpoint", .n_args = 1 };

    if (!s || !(atomic_load_explicit(&s->watching, memory_order_relaxed) & WATCH_ANCHORS))
        return;
    (void)script_place(c, &here.file, &here.line);
    wait_here(s, c, &here);
}

/* ---- commands ---- */

static bool meant(const struct seat *s, int64_t tid)
{
    return atomic_load(&s->tid) && (tid == EVERYONE || atomic_load(&s->tid) == tid);
}

unsigned seats_count(void)
{
    return workers_count();
}

struct seat_view seat_view(unsigned i)
{
    const struct seat *s = &debugger_self.seats[i];

    return (struct seat_view){ atomic_load(&s->tid), atomic_load(&s->watching),
                               atomic_load(&s->waiting) };
}

bool seat_known(int64_t tid)
{
    for (unsigned i = 0; i < workers_count(); i++)
        if (meant(&debugger_self.seats[i], tid))
            return true;
    return false;
}

static void let_go(struct pause *p)
{
    list_remove(&p->link);
    co_wake(p->co, ERR_OK);
}

static struct pause *first_paused(struct seat *s)
{
    return list_empty(&s->paused) ? NULL : LIST_OF(s->paused.next, struct pause, link);
}

/* Those whose variables are being read just now go on with the next command. */
static err_t let_all_go(void *arg)
{
    struct seat *s = arg;

    s->led = 0;
    LIST_EACH(&s->paused, struct pause, p, link)
    if (!p->looked_at)
        let_go(p);
    return ERR_OK;
}

static void change(struct seat *s, unsigned add, unsigned remove)
{
    const unsigned breaks = WATCH_BREAK | WATCH_ANCHORS;

    atomic_fetch_or(&s->watching, add);
    atomic_fetch_and(&s->watching, ~remove);
    if (remove & breaks && !(atomic_load(&s->watching) & breaks) &&
        worker_call(s->worker, let_all_go, s))
        log_warn("debugger", "calls of worker %d wait on", atomic_load(&s->tid));
}

void seats_set(int64_t tid, unsigned add, unsigned remove)
{
    for (unsigned i = 0; i < workers_count(); i++)
        if (meant(&debugger_self.seats[i], tid))
            change(&debugger_self.seats[i], add, remove);
}

void seats_release(int64_t tid)
{
    for (unsigned i = 0; i < workers_count(); i++)
        if (meant(&debugger_self.seats[i], tid) && !atomic_load(&debugger_self.seats[i].waiting))
            change(&debugger_self.seats[i], 0, WATCH_BREAK | WATCH_ANCHORS);
}

void seats_keep(int64_t tid)
{
    for (unsigned i = 0; i < workers_count(); i++)
        if (!meant(&debugger_self.seats[i], tid))
            change(&debugger_self.seats[i], 0, WATCH_BREAK | WATCH_ANCHORS);
}

struct telling {
    struct seat *seat;
    enum seat_order order;
    struct str text;
    struct buf *out;
};

static void put_place(struct buf *out, const char *what, const struct script_action *a)
{
    buf_fmt(out, "%s [" STR_FMT ":%u] a=%d n=%s", what, STR_ARG(a->file), a->line, action_number(a),
            a->name);
}

static err_t evaluate(struct pause *p, const struct telling *t)
{
    const struct var_ref *ref;
    struct value v = VALUE_NONE;
    struct buf line;
    err_t e = var_parse_now(p->c, t->text, &ref);

    if (e)
        return e;
    p->looked_at = true;
    e = var_get(p->c, ref, &v);
    p->looked_at = false;
    buf_init(&line, MEM_CONTROL);
    if (e || v.type == VALUE_NULL)
        buf_fmt(&line, STR_FMT " : t=null", STR_ARG(t->text));
    else if (v.type == VALUE_INT)
        buf_fmt(&line, STR_FMT " : t=int v=%lld", STR_ARG(t->text), (long long)v.i);
    else
        buf_fmt(&line, STR_FMT " : t=str v=" STR_FMT, STR_ARG(t->text), STR_ARG(v.s));
    if (t->order == SEAT_LOG)
        log_error("debugger", STR_FMT, STR_ARG(buf_str(&line)));
    buf_addz(t->out, t->order == SEAT_LOG ? "200 ok" : "");
    if (t->order == SEAT_EVAL)
        buf_add(t->out, buf_str(&line));
    buf_free(&line);
    return ERR_OK;
}

/* In the worker where the call waits. */
static err_t tell(void *arg)
{
    const struct telling *t = arg;
    struct pause *p = first_paused(t->seat);

    if (!p)
        return ERR_NOT_FOUND;
    if (p->looked_at)
        return ERR_STATE;
    switch (t->order) {
    case SEAT_SHOW: put_place(t->out, "at bkp", p->at); return ERR_OK;
    case SEAT_EVAL:
    case SEAT_LOG: return evaluate(p, t);
    case SEAT_NEXT:
        put_place(t->out, "exec", p->at);
        t->seat->led = p->c->serial;
        let_go(p);
        return ERR_OK;
    case SEAT_MOVE:
        buf_addz(t->out, "200 ok");
        atomic_fetch_and(&t->seat->watching, ~(unsigned)(WATCH_BREAK | WATCH_ANCHORS));
        return let_all_go(t->seat);
    }
    return ERR_OK;
}

err_t seat_tell(int64_t tid, enum seat_order order, struct str text, struct buf *out)
{
    struct telling t = { .order = order, .text = text, .out = out };

    for (unsigned i = 0; !t.seat && i < workers_count(); i++)
        if (tid != EVERYONE && meant(&debugger_self.seats[i], tid))
            t.seat = &debugger_self.seats[i];
    return t.seat ? worker_call(t.seat->worker, tell, &t) : ERR_NOT_FOUND;
}
