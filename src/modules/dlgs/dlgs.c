/* SPDX-License-Identifier: BSD-2-Clause */
/* dlgs: how many calls pass, without transactions: for edge proxies. */
#include "control/rpc.h"
#include "core/call.h"
#include "core/receive.h"
#include "modules/dlgs/calls.h"
#include "rt/worker.h"
#include "script/value.h"

struct dlgs_conf {
    int64_t active_lifetime, init_lifetime, finish_lifetime, timer_interval, hash_size;
};
struct init_args {
    struct str src, dst, data;
};
struct count_args {
    int field, op;
    struct str data;
};
struct tag_args {
    struct str vtag;
};

static struct {
    struct module_slot slot;
    struct timer timer; /* of the first worker */
} self;

extern const struct module module_dlgs;

static struct call_lifetimes lifetimes(const struct dlgs_conf *conf)
{
    return (struct call_lifetimes){ conf->init_lifetime, conf->active_lifetime,
                                    conf->finish_lifetime };
}

/* ---- what passes ---- */

static int dlgs_init(struct call *c, const struct init_args *a)
{
    struct call_lifetimes l = lifetimes(call_conf(c, &module_dlgs));
    const struct str text[CALL_FIELDS] = { STR(""), a->src, a->dst, a->data };
    struct str call_id = msg_call_id(c->msg);
    const struct cseq *cseq = msg_cseq(c->msg, NULL);

    if (!call_id.n || !cseq || cseq->method != METHOD_INVITE)
        return SCRIPT_FALSE;
    return calls_add(call_id, msg_from_tag(c->msg), text, &l) == ERR_OK ? SCRIPT_TRUE
                                                                        : SCRIPT_FALSE;
}
EXPOSE(dlgs_init, init_args)

static int dlgs_update(struct call *c)
{
    struct call_lifetimes l = lifetimes(call_conf(c, &module_dlgs));
    struct str call_id = msg_call_id(c->msg);

    if (!c->msg->request || !call_id.n)
        return SCRIPT_FALSE;
    switch (c->msg->method) {
    case METHOD_ACK: calls_move(call_id, msg_from_tag(c->msg), CALL_CONFIRMED, &l); break;
    case METHOD_BYE: calls_move(call_id, STR_NONE, CALL_TERMINATED, &l); break;
    default: break; /* a CANCEL shows in the 487 */
    }
    return SCRIPT_TRUE;
}
EXPOSE0(dlgs_update)

/* Replies are seen before any script, also where there are no transactions. */
static bool on_message(struct call *c)
{
    const struct dlgs_conf *conf = generation_conf(c->gen, &module_dlgs);
    const struct cseq *cseq;
    struct call_lifetimes l;
    unsigned status;

    if (c->msg->request || !conf)
        return false;
    cseq = msg_cseq(c->msg, NULL);
    status = c->msg->status;
    if (!cseq || cseq->method != METHOD_INVITE || status <= 100)
        return false;
    l = lifetimes(conf);
    calls_move(msg_call_id(c->msg), msg_from_tag(c->msg),
               status < 200   ? CALL_PROGRESS
               : status < 300 ? CALL_ANSWERED
                              : CALL_NOT_ANSWERED,
               &l);
    return false;
}

/* ---- counting ---- */

static bool make_filter(const struct count_args *a, struct arena *arena, struct call_filter *f)
{
    *f = (struct call_filter){ .field = (enum call_field)a->field,
                               .op = (enum call_op)a->op,
                               .text = a->data };
    if (f->op == CALL_PATTERN)
        f->text_z = arena_dup(arena, a->data).p;
    if (f->op == CALL_REGEX && f->field != CALL_ANY)
        f->regex = regex_now(a->data, 0);
    return f->op != CALL_REGEX || f->field == CALL_ANY || f->regex;
}

static int as_result(int64_t n)
{
    return n <= 0 ? SCRIPT_FALSE : n > INT32_MAX ? INT32_MAX : (int)n;
}

static int dlgs_count(struct call *c, const struct count_args *a)
{
    struct call_filter f;

    return make_filter(a, c->arena, &f) ? as_result(calls_count(&f)) : SCRIPT_FALSE;
}
EXPOSE(dlgs_count, count_args)

static int dlgs_tags_add(struct call *c, const struct tag_args *a)
{
    return calls_tag(msg_call_id(c->msg), a->vtag, true) ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(dlgs_tags_add, tag_args)

static int dlgs_tags_rm(struct call *c, const struct tag_args *a)
{
    return calls_tag(msg_call_id(c->msg), a->vtag, false) ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(dlgs_tags_rm, tag_args)

static int dlgs_tags_count(struct call *c, const struct tag_args *a)
{
    (void)c;
    return as_result(calls_count_tag(a->vtag));
}
EXPOSE(dlgs_tags_count, tag_args)

/* ---- control ---- */

struct listing {
    struct rpc *rpc;
    const struct call_filter *filter; /* NULL: all */
    bool brief;
    int64_t left; /* negative: all */
};

static bool list_one(const struct tracked *t, void *arg)
{
    struct listing *x = arg;
    struct rpc_node *n, *tags;

    if (x->filter && !call_matches(x->filter, t))
        return true;
    n = rpc_struct(rpc_root(x->rpc));
    rpc_put_str(n, "callid", t->entry.key);
    rpc_put_str(n, "src", t->text[CALL_SRC]);
    rpc_put_str(n, "dst", t->text[CALL_DST]);
    rpc_put_int(n, "state", (int64_t)t->state);
    if (!x->brief) {
        rpc_put_str(n, "ftag", t->from_tag);
        rpc_put_str(n, "data", t->text[CALL_DATA]);
        rpc_put_int(n, "ts_init", t->init_unix);
        rpc_put_int(n, "ts_answer", t->answer_unix);
        rpc_put_int(n, "ts_end", t->end_unix);
        tags = rpc_put_array(n, "tags");
        for (const struct call_tag *tag = t->tags; tag; tag = tag->next)
            rpc_str(tags, tag->text);
    }
    return x->left < 0 || --x->left > 0;
}

static err_t rpc_list(struct rpc *r, const void *args)
{
    (void)args;
    calls_each(list_one, &(struct listing){ .rpc = r, .left = -1 });
    return ERR_OK;
}

static err_t rpc_briefing(struct rpc *r, const void *args)
{
    (void)args;
    calls_each(list_one, &(struct listing){ .rpc = r, .brief = true, .left = -1 });
    return ERR_OK;
}

static err_t list_matching(struct rpc *r, const struct count_args *a, int64_t limit)
{
    struct call_filter f;

    if (!make_filter(a, rpc_arena(r), &f))
        return rpc_fail(r, 500, "Invalid regular expression");
    calls_each(list_one, &(struct listing){ .rpc = r, .filter = &f, .left = limit });
    return ERR_OK;
}

static err_t rpc_get(struct rpc *r, const void *args)
{
    return list_matching(r, args, 1);
}
static err_t rpc_getall(struct rpc *r, const void *args)
{
    return list_matching(r, args, -1);
}

static err_t rpc_count(struct rpc *r, const void *args)
{
    struct call_filter f;

    if (!make_filter(args, rpc_arena(r), &f))
        return rpc_fail(r, 500, "Invalid regular expression");
    rpc_put_int(rpc_struct(rpc_root(r)), "count", calls_count(&f));
    return ERR_OK;
}

static err_t rpc_stats(struct rpc *r, const void *args)
{
    static const char *const names[CALL_STATES] = { "init",      "progress",   "answered",
                                                    "confirmed", "terminated", "notanswered" };
    int64_t now[CALL_STATES], total[CALL_STATES];
    struct rpc_node *n = rpc_struct(rpc_root(r)), *at;

    (void)args;
    calls_stats(now, total);
    at = rpc_put_struct(n, "now");
    for (int i = 0; i < CALL_STATES; i++)
        rpc_put_int(at, names[i], now[i]);
    at = rpc_put_struct(n, "total");
    for (int i = 0; i < CALL_STATES; i++)
        rpc_put_int(at, names[i], total[i]);
    return ERR_OK;
}

/* ---- life ---- */

static void on_timer(struct timer *t)
{
    const struct dlgs_conf *conf = current_conf(&module_dlgs);

    calls_expire();
    timer_set(t, conf->timer_interval * 1000, on_timer);
}

static err_t start(const void *conf)
{
    (void)conf;
    calls_begin();
    receive_add_filter(on_message);
    return ERR_OK;
}

static err_t worker_start(const void *conf)
{
    const struct dlgs_conf *c = conf;

    if (worker_index(worker_self()) == 0)
        timer_set(&self.timer, c->timer_interval * 1000, on_timer);
    return ERR_OK;
}

static void worker_stop(void)
{
    if (worker_index(worker_self()) == 0)
        timer_cancel(&self.timer);
}

/* ---- tables ---- */

static const char *const fields[] = { "any", "src", "dst", "data", NULL };
static const char *const ops[] = { "eq", "ne", "re", "sw", "fm", NULL };

static const struct field params[] = {
    FIELD(dlgs_conf, active_lifetime, "Seconds that a call is kept after its ACK.", .def = "10800",
          .min = 1, .max = INT32_MAX),
    FIELD(dlgs_conf, init_lifetime, "Seconds that a call is kept until its ACK.", .def = "180",
          .min = 1, .max = INT32_MAX),
    FIELD(dlgs_conf, finish_lifetime, "Seconds that a call is kept when it is over.", .def = "10",
          .min = 1, .max = INT32_MAX),
    FIELD(dlgs_conf, timer_interval, "Seconds between looks for calls to forget.", .def = "30",
          .min = 1, .max = 86400),
    FIELD(dlgs_conf, hash_size, "Accepted without effect.", .def = "9",
          .inert = "tables grow by themselves"),
    { 0 },
};
static const struct field init_args_fields[] = {
    FIELD(init_args, src, "What it is counted by as its source."),
    FIELD(init_args, dst, "Likewise as its destination."),
    FIELD(init_args, data, "Likewise as data."),
    { 0 },
};
static const struct field count_args_fields[] = {
    FIELD(count_args, field, "any, src, dst or data.", .choices = fields),
    FIELD(count_args, op,
          "eq equal, ne not, re regular expression, sw starts with, fm shell pattern.",
          .choices = ops),
    FIELD(count_args, data, "What it is compared with."),
    { 0 },
};
static const struct field tag_args_fields[] = {
    FIELD(tag_args, vtag, "The tag.", .min = 1, .max = 1024),
    { 0 },
};
static const struct outcome done[] = { { 1, "done" }, { -1, "nothing was changed" }, { 0 } };
static const struct outcome counted[] = { { 1, "or more: how many" }, { -1, "none" }, { 0 } };

#define PASSING (ROUTE_REQUEST | ROUTE_BRANCH | ROUTE_SEND)
static const struct func funcs[] = {
    FUNC(dlgs_init, init_args, "Begins to follow the call of this INVITE.",
         .routes = PASSING | ROUTE_TM_REPLY | ROUTE_REPLY, .returns = done),
    FUNC0(dlgs_update, "Takes notice of ACK and BYE.", .routes = PASSING, .returns = done),
    FUNC(dlgs_count, count_args, "How many calls match that are not over.", .returns = counted),
    FUNC(dlgs_tags_add, tag_args, "Adds a tag to the call.", .returns = done),
    FUNC(dlgs_tags_rm, tag_args, "Removes a tag from the call.", .returns = done),
    FUNC(dlgs_tags_count, tag_args, "How many calls have a tag that are not over.",
         .returns = counted),
    { 0 },
};

#define FILTER .args = count_args_fields, .args_size = sizeof(struct count_args)
static const struct rpc_method methods[] = {
    { "dlgs.stats", "How many calls are in which state, and ever were.", rpc_stats,
      .array = false },
    { "dlgs.list", "All calls.", rpc_list, .array = true },
    { "dlgs.briefing", "All calls in few words.", rpc_briefing, .array = true },
    { "dlgs.get", "The first call that matches.", rpc_get, FILTER, .array = true },
    { "dlgs.getall", "All calls that match.", rpc_getall, FILTER, .array = true },
    { "dlgs.count", "How many calls match that are not over.", rpc_count, FILTER },
    { 0 },
};

const struct module module_dlgs = {
    .abi = MODULE_ABI,
    .name = "dlgs",
    .doc = "Counts calls that pass, without transactions.",
    .slot = &self.slot,
    .conf_size = sizeof(struct dlgs_conf),
    .params = params,
    .funcs = funcs,
    .methods = methods,
    .start = start,
    .worker_start = worker_start,
    .worker_stop = worker_stop,
    .stop = calls_end,
};
