/* SPDX-License-Identifier: BSD-2-Clause */
/* sl: replies without transactions. */
#include "modules/sl/sl.h"
#include "control/rpc.h"
#include "core/receive.h"
#include "modules/sl/answer.h"
#include "txn/txn.h"

struct sl_conf {
    int64_t default_code;
    struct str default_reason;
    bool bind_tm;
    int64_t rich_redirect;
    struct str event_callback_fl_ack, event_callback_lres_sent;
};
struct reply_args {
    int64_t code;
    struct str reason;
};
struct reply_mode_args {
    int64_t code;
    struct str reason;
    int64_t mode;
};
struct forward_args {
    int64_t code;
    struct str reason;
};
enum { MODE_NO_CONNECT = 1, MODE_CLOSE = 2 };

static struct {
    struct module_slot slot;
} self;

extern const struct module module_sl;

void sl_count(enum sl_stat which)
{
    stat_add(self.slot.stat_base + which, 1);
}

static int64_t sl_counted(enum sl_stat which)
{
    return stat_read(self.slot.stat_base + which);
}

static int result(struct call *c, err_t e)
{
    if (!e)
        return SCRIPT_TRUE;
    c->error = e;
    return SCRIPT_FALSE;
}

/* What the script left open: a code that is none, a reason that is empty. */
static unsigned code_of(const struct sl_conf *conf, int64_t code, struct str *reason)
{
    if (code < 100 || code > 699) {
        code = conf->default_code;
        *reason = conf->default_reason;
    } else if (reason->n == 0) {
        *reason = conf->default_reason;
    }
    return (unsigned)code;
}

err_t sl_respond(struct call *c, unsigned status, struct str reason)
{
    return c->txn ? txn_reply(c, c->txn, status, reason) : sl_answer(c, status, reason);
}

static int answer(struct call *c, int64_t code, struct str reason, bool by_transaction)
{
    const struct sl_conf *conf = call_conf(c, &module_sl);
    unsigned status = code_of(conf, code, &reason);

    c->rich_redirect = (unsigned)conf->rich_redirect;
    if (by_transaction && conf->bind_tm)
        return result(c, sl_respond(c, status, reason));
    return result(c, sl_answer(c, status, reason));
}

static int sl_send_reply(struct call *c, const struct reply_args *a)
{
    return answer(c, a->code, a->reason, false);
}
EXPOSE(sl_send_reply, reply_args)

static int send_reply(struct call *c, const struct reply_args *a)
{
    return answer(c, a->code, a->reason, true);
}
EXPOSE(send_reply, reply_args)

static int send_reply_mode(struct call *c, const struct reply_mode_args *a)
{
    bool no_connect = c->no_connect_reply, close = c->close_reply;
    int code;

    c->no_connect_reply = no_connect || a->mode & MODE_NO_CONNECT;
    c->close_reply = close || a->mode & MODE_CLOSE;
    code = answer(c, a->code, a->reason, true);
    c->no_connect_reply = no_connect;
    c->close_reply = close;
    return code;
}
EXPOSE(send_reply_mode, reply_mode_args)

/* What refused the request has told its sender already. */
static bool is_answered(const struct call *c)
{
    return c->replied || (c->txn && c->txn->status >= 200);
}

static int answer_error(struct call *c, bool by_transaction)
{
    struct str reason;
    unsigned status = status_of_err(c->error, &reason);

    if (is_answered(c))
        return SCRIPT_TRUE;
    int code = answer(c, status, reason, by_transaction);

    if (code == SCRIPT_TRUE)
        sl_count(SL_SENT_ERRORS);
    return code;
}

static int sl_reply_error(struct call *c)
{
    return answer_error(c, false);
}
EXPOSE0(sl_reply_error)

static int send_reply_error(struct call *c)
{
    return answer_error(c, true);
}
EXPOSE0(send_reply_error)

static int sl_forward_reply(struct call *c, const struct forward_args *a)
{
    if (a->code < 0 || a->code > 699)
        return result(c, ERR_RANGE);
    return result(c, sl_pass_reply(c, (unsigned)a->code, a->reason));
}
EXPOSE(sl_forward_reply, forward_args)

static err_t get_ltt(struct call *c, const struct var_ref *at, struct value *out)
{
    struct str key = at->key;

    *out = VALUE_NONE;
    if (!c->msg->request)
        return ERR_OK;
    if (c->txn && (key.n == 0 || str_eq(key, STR("x")))) {
        *out = VALUE_OF_STR(reply_to_tag(c));
        return ERR_OK;
    }
    if (str_eq(key, STR("t")))
        *out = VALUE_OF_STR(reply_to_tag(c));
    else
        *out = VALUE_OF_STR(reply_stateless_tag(c));
    return ERR_OK;
}

static err_t rpc_stats(struct rpc *r, const void *args)
{
    struct rpc_node *st = rpc_struct(rpc_root(r));

    (void)args;
    for (unsigned i = SL_200; i <= SL_XXX; i++) {
        struct str name = str_of(sl_stats[i].name);

        name.n = 3; /* "200" of "200_replies" */
        rpc_put_int(st, arena_dup(rpc_arena(r), name).p, sl_counted(i));
    }
    return ERR_OK;
}

static err_t start(const void *conf)
{
    (void)conf;
    receive_add_filter(sl_absorb_ack);
    return ERR_OK;
}

static const struct field sl_conf_fields[] = {
    FIELD(sl_conf, default_code, "The status of a reply whose code is none.", .def = "500",
          .min = 100, .max = 699),
    FIELD(sl_conf, default_reason, "The reason of a reply without one.",
          .def = "Internal Server Error"),
    FIELD(sl_conf, bind_tm, "send_reply() uses the request's transaction when there is one.",
          .def = "1"),
    FIELD(sl_conf, rich_redirect,
          "What Contacts of 3xx replies show: 1 branch flags, 2 the Path, 3 both.", .def = "0",
          .max = 3),
    FIELD(sl_conf, event_callback_fl_ack, "Function of an embedded language run for absorbed ACKs.",
          .optional = true, .inert = "event_route[sl:filtered-ack] is run"),
    FIELD(sl_conf, event_callback_lres_sent,
          "Function of an embedded language run for local replies.", .optional = true,
          .inert = "event_route[sl:local-response] is run"),
    { 0 },
};
static const struct field reply_args_fields[] = {
    FIELD(reply_args, code, "The status code."),
    FIELD(reply_args, reason, "The reason phrase."),
    { 0 },
};
static const struct field reply_mode_args_fields[] = {
    FIELD(reply_mode_args, code, "The status code."),
    FIELD(reply_mode_args, reason, "The reason phrase."),
    FIELD(reply_mode_args, mode,
          "1: open no connection for the reply; 2: close the connection after it; 3: both."),
    { 0 },
};
static const struct field forward_args_fields[] = {
    FIELD(forward_args, code, "The new status code, of the same class; 0: as received.",
          .def = "0"),
    FIELD(forward_args, reason, "The new reason phrase.", .def = ""),
    { 0 },
};

static const struct outcome sent[] = { { 1, "the reply was sent" },
                                       { -1, "it could not be sent" },
                                       { 0 } };
#define REPLYING_ROUTES (ROUTE_REQUEST | ROUTE_TM_REPLY | ROUTE_REPLY | ROUTE_FAILURE)

static const struct func funcs[] = {
    FUNC(sl_send_reply, reply_args, "Replies to the request without a transaction.",
         .routes = ROUTE_REQUEST, .suspends = true, .returns = sent,
         .aliases = (const char *const[]){ "sl_reply", NULL }),
    FUNC(send_reply, reply_args,
         "Replies to the request: by its transaction when it has one, else without.",
         .routes = REPLYING_ROUTES, .suspends = true, .returns = sent),
    FUNC(send_reply_mode, reply_mode_args,
         "Replies as send_reply() does, and says what becomes of the connection.",
         .routes = REPLYING_ROUTES, .suspends = true, .returns = sent),
    FUNC0(send_reply_error, "Replies with what the last error means to the requester.",
          .routes = REPLYING_ROUTES, .suspends = true, .returns = sent),
    FUNC0(sl_reply_error,
          "Replies with what the last error means to the requester, without a transaction.",
          .routes = ROUTE_REQUEST, .suspends = true, .returns = sent),
    FUNC(sl_forward_reply, forward_args,
         "Forwards the received reply without a transaction, with another status if wanted.",
         .routes = ROUTE_TM_REPLY | ROUTE_REPLY, .suspends = true, .returns = sent),
    { 0 },
};

static const struct variable vars[] = {
    { .name = "ltt",
      .doc = "The To tag of replies made here to this request; (s): of stateless ones, (t): of "
             "those of a transaction.",
      .get = get_ltt,
      .key = true,
      .key_optional = true },
    { 0 },
};
static const struct rpc_method methods[] = {
    { .name = "sl.stats",
      .doc = "Counts of replies sent without a transaction.",
      .run = rpc_stats },
    { 0 },
};
static const struct event events[] = {
    { "sl:filtered-ack", "The ACK of a stateless reply came and was absorbed." },
    { "sl:local-response", "A stateless reply was sent." },
    { 0 },
};

#define ROW(label, what)                                                                           \
    {                                                                                              \
        .group = "sl", .name = (label), .doc = (what)                                              \
    }
const struct stat_decl sl_stats[] = {
    [SL_1XX] = ROW("1xx_replies", "Provisional replies."),
    [SL_200] = ROW("200_replies", "Replies 200."),
    [SL_202] = ROW("202_replies", "Replies 202."),
    [SL_2XX] = ROW("2xx_replies", "Other replies 2xx."),
    [SL_300] = ROW("300_replies", "Replies 300."),
    [SL_301] = ROW("301_replies", "Replies 301."),
    [SL_302] = ROW("302_replies", "Replies 302."),
    [SL_3XX] = ROW("3xx_replies", "Other replies 3xx."),
    [SL_400] = ROW("400_replies", "Replies 400."),
    [SL_401] = ROW("401_replies", "Replies 401."),
    [SL_403] = ROW("403_replies", "Replies 403."),
    [SL_404] = ROW("404_replies", "Replies 404."),
    [SL_407] = ROW("407_replies", "Replies 407."),
    [SL_408] = ROW("408_replies", "Replies 408."),
    [SL_483] = ROW("483_replies", "Replies 483."),
    [SL_4XX] = ROW("4xx_replies", "Other replies 4xx."),
    [SL_500] = ROW("500_replies", "Replies 500."),
    [SL_5XX] = ROW("5xx_replies", "Other replies 5xx."),
    [SL_6XX] = ROW("6xx_replies", "Replies 6xx."),
    [SL_XXX] = ROW("xxx_replies", "Replies of no class."),
    [SL_SENT] = ROW("sent_replies", "All replies sent."),
    [SL_SENT_ERRORS] = ROW("sent_err_replies", "Replies sent by sl_reply_error()."),
    [SL_FAILURES] = ROW("failures", "Replies that could not be sent."),
    [SL_ACKS] = ROW("received_ACKs", "ACKs of stateless replies."),
    { 0 },
};

const struct module module_sl = {
    .abi = MODULE_ABI,
    .name = "sl",
    .doc = "Replies without transactions.",
    .slot = &self.slot,
    .conf_size = sizeof(struct sl_conf),
    .params = sl_conf_fields,
    .funcs = funcs,
    .vars = vars,
    .methods = methods,
    .events = events,
    .stats = sl_stats,
    .start = start,
};
