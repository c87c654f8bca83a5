/* SPDX-License-Identifier: BSD-2-Clause */
/* tmx: more of transactions for scripts. */
#include "modules/tmx/tmx.h"
#include "modules/tm/tm.h"
#include "txn/txn.h"

struct tmx_conf {
    bool precheck_trans;
};
struct which_args {
    int which; /* enum txn_cancel */
};
struct cancel_args {
    struct str call_id;
    int64_t cseq, flag, code;
};
struct reply_call_args {
    struct str call_id;
    int64_t cseq, code;
    struct str reason;
};
struct continue_args {
    int64_t index, label;
    struct str route;
};
struct branch_args {
    int64_t index, label, branch;
};
struct ack_args {
    struct str call_id;
    int64_t cseq;
    struct str headers, body;
};
struct flag_args {
    int64_t flag;
};
struct code_args {
    int64_t code;
};

static struct {
    struct module_slot slot;
} self;

static int truth(bool b)
{
    return b ? SCRIPT_TRUE : SCRIPT_FALSE;
}

static int t_cancel_branches(struct call *c, const struct which_args *a)
{
    if (!c->txn && !txn_find_reply(c))
        return SCRIPT_FALSE;
    txn_cancel_branches(c->txn, (enum txn_cancel)a->which, c->branch, STR_NONE);
    return SCRIPT_TRUE;
}
EXPOSE(t_cancel_branches, which_args)

/* ---- transactions of other calls, on their home ---- */

struct errand {
    const struct cancel_args *cancel;
    const struct reply_call_args *reply;
};

static err_t cancel_there(void *arg)
{
    const struct cancel_args *a = ((struct errand *)arg)->cancel;
    struct txn *t = txn_find_call(a->call_id, (uint32_t)a->cseq);
    char space[64];
    struct buf line;

    if (!t || !(t->txn_flags & TXN_INVITE))
        return ERR_NOT_FOUND;
    buf_fixed(&line, space, sizeof space);
    if (a->code > 0 && txn_conf(t->gen)->local_cancel_reason)
        buf_fmt(&line, "Reason: SIP;cause=%lld\r\n", (long long)a->code);
    if (a->flag >= 0 && a->flag < 32)
        t->flags |= 1u << a->flag;
    t->txn_flags |= TXN_CANCELED;
    txn_cancel_branches(t, TXN_CANCEL_ALL, -1, buf_str(&line));
    return ERR_OK;
}

static err_t reply_there(void *arg)
{
    const struct reply_call_args *a = ((struct errand *)arg)->reply;
    struct txn *t = txn_find_call(a->call_id, (uint32_t)a->cseq);

    if (!t)
        return ERR_NOT_FOUND;
    txn_hold(t);
    err_t e = txn_reply(NULL, t, (unsigned)a->code, a->reason);
    txn_drop(t);
    return e;
}

static int t_cancel_callid(struct call *c, const struct cancel_args *a)
{
    struct errand job = { .cancel = a };

    c->error = worker_call(worker_of_hash(home_hash(a->call_id)), cancel_there, &job);
    return truth(c->error == ERR_OK);
}
EXPOSE(t_cancel_callid, cancel_args)

static int t_reply_callid(struct call *c, const struct reply_call_args *a)
{
    struct errand job = { .reply = a };

    c->error = worker_call(worker_of_hash(home_hash(a->call_id)), reply_there, &job);
    return truth(c->error == ERR_OK);
}
EXPOSE(t_reply_callid, reply_call_args)

/* ---- this one ---- */

static int t_flush_flags(struct call *c)
{
    txn_flush_flags(c);
    return truth(c->txn);
}
EXPOSE0(t_flush_flags)

static int t_is_failure_route(struct call *c)
{
    return truth(c->route == ROUTE_FAILURE);
}
EXPOSE0(t_is_failure_route)

static int t_is_branch_route(struct call *c)
{
    return truth(c->route == ROUTE_BRANCH);
}
EXPOSE0(t_is_branch_route)

static int t_is_reply_route(struct call *c)
{
    return truth(c->route == ROUTE_REPLY || c->route == ROUTE_TM_REPLY);
}
EXPOSE0(t_is_reply_route)

static int t_is_request_route(struct call *c)
{
    return truth(c->route == ROUTE_REQUEST);
}
EXPOSE0(t_is_request_route)

static int t_suspend(struct call *c)
{
    uint32_t index, label;

    c->error = txn_suspend(c, &index, &label);
    return truth(c->error == ERR_OK);
}
EXPOSE0(t_suspend)

static int t_continue(struct call *c, const struct continue_args *a)
{
    c->error = txn_continue((uint32_t)a->index, (uint32_t)a->label, a->route, "tmx:continue");
    return truth(c->error == ERR_OK);
}
EXPOSE(t_continue, continue_args)

static int t_uac_ack_local(struct call *c, const struct ack_args *a)
{
    struct str lines = a->headers;

    if (lines.n && lines.p[lines.n - 1] != '\n')
        lines = arena_fmt(c->arena, STR_FMT "\r\n", STR_ARG(lines));
    c->error = txn_ack_local(a->call_id, (uint32_t)a->cseq, lines, a->body);
    return truth(c->error == ERR_OK);
}
EXPOSE(t_uac_ack_local, ack_args)

static int t_reuse_branch(struct call *c)
{
    struct txn_branch *b = c->branch >= 0 ? txn_current_branch(c) : NULL;

    if (!b || call_set_uri(c, b->uri) != ERR_OK)
        return SCRIPT_FALSE;
    c->targets[0].path = b->path;
    c->targets[0].instance = b->instance;
    c->targets[0].ruid = b->ruid;
    c->targets[0].flags = b->flags;
    return SCRIPT_TRUE;
}
EXPOSE0(t_reuse_branch)

static int t_precheck_trans(struct call *c)
{
    (void)c; /* a copy of a request that is still being worked on never reaches a script */
    return SCRIPT_FALSE;
}
EXPOSE0(t_precheck_trans)

static int t_drop(struct call *c, const struct code_args *a)
{
    struct txn *t = c->txn;

    if (!t && !c->msg->request && txn_find_reply(c))
        t = c->txn;
    if (!t)
        return SCRIPT_FALSE;
    t->txn_flags |= TXN_SILENT;
    c->error = txn_reply(c, t, (unsigned)a->code, STR_NONE);
    return truth(c->error == ERR_OK);
}
EXPOSE(t_drop, code_args)

/* ---- a branch ---- */

static err_t cancel_branch_there(void *arg)
{
    const struct branch_args *a = arg;
    struct txn *t = txn_find_id((uint32_t)a->index, (uint32_t)a->label);

    if (!t || a->branch < 0 || a->branch >= t->n_branches)
        return ERR_NOT_FOUND;
    txn_cancel_branches(t, TXN_CANCEL_THIS, (int)a->branch, STR_NONE);
    return ERR_OK;
}

static int t_cancel_branch_idx(struct call *c, const struct branch_args *a)
{
    struct branch_args job = *a;
    struct worker *home = txn_home_of_id((uint32_t)a->index);

    c->error = home ? worker_call(home, cancel_branch_there, &job) : ERR_NOT_FOUND;
    return truth(c->error == ERR_OK);
}
EXPOSE(t_cancel_branch_idx, branch_args)

/* Flags of the branch at hand; in a branch route those it will have. */
static uint32_t *branch_flags(struct call *c)
{
    struct txn_branch *b = c->branch >= 0 ? txn_current_branch(c) : NULL;

    return c->route == ROUTE_BRANCH || c->route == ROUTE_TM_REPLY ? &c->targets[0].flags
           : b                                                    ? &b->flags
                                                                  : NULL;
}

static int t_vbflag_set(struct call *c, const struct flag_args *a)
{
    uint32_t *flags = branch_flags(c);

    if (flags)
        *flags |= 1u << a->flag;
    return truth(flags);
}
EXPOSE(t_vbflag_set, flag_args)

static int t_vbflag_reset(struct call *c, const struct flag_args *a)
{
    uint32_t *flags = branch_flags(c);

    if (flags)
        *flags &= ~(1u << a->flag);
    return truth(flags);
}
EXPOSE(t_vbflag_reset, flag_args)

static int t_vbflag_is_set(struct call *c, const struct flag_args *a)
{
    const uint32_t *flags = branch_flags(c);

    return truth(flags && *flags >> a->flag & 1);
}
EXPOSE(t_vbflag_is_set, flag_args)

/* ---- tables ---- */

static const char *const which_names[] = { "all", "others", "this", NULL };
static const struct field which_args_fields[] = {
    FIELD(which_args, which, "Which branches.", .choices = which_names),
    { 0 },
};
static const struct field cancel_args_fields[] = {
    FIELD(cancel_args, call_id, "Call-ID of the INVITE."),
    FIELD(cancel_args, cseq, "Number of its CSeq."),
    FIELD(cancel_args, flag, "Message flag to set; negative for none."),
    FIELD(cancel_args, code, "Cause for the Reason header of the CANCEL.", .def = "0"),
    { 0 },
};
static const struct field reply_call_args_fields[] = {
    FIELD(reply_call_args, call_id, "Call-ID of the request."),
    FIELD(reply_call_args, cseq, "Number of its CSeq."),
    FIELD(reply_call_args, code, "Status.", .min = 100, .max = 699),
    FIELD(reply_call_args, reason, "Reason phrase."),
    { 0 },
};
static const struct field continue_args_fields[] = {
    FIELD(continue_args, index, "$T(id_index) of the suspended transaction."),
    FIELD(continue_args, label, "Its $T(id_label)."),
    FIELD(continue_args, route, "Route to go on with."),
    { 0 },
};
static const struct field branch_args_fields[] = {
    FIELD(branch_args, index, "$T(id_index) of the transaction."),
    FIELD(branch_args, label, "Its $T(id_label)."),
    FIELD(branch_args, branch, "Number of the branch."),
    { 0 },
};
static const struct field ack_args_fields[] = {
    FIELD(ack_args, call_id, "Call-ID of the INVITE."),
    FIELD(ack_args, cseq, "Number of its CSeq.", .max = UINT32_MAX),
    FIELD(ack_args, headers, "Further header lines.", .def = ""),
    FIELD(ack_args, body, "Body, whose type stands in the header lines.", .def = ""),
    { 0 },
};
static const struct field flag_args_fields[] = {
    FIELD(flag_args, flag, "Number of the flag.", .max = 31),
    { 0 },
};
static const struct field code_args_fields[] = {
    FIELD(code_args, code, "Status to end with.", .def = "500", .min = 100, .max = 699),
    { 0 },
};

static const struct func funcs[] = {
    FUNC(t_cancel_branches, which_args, "Calls branches off.",
         .routes = ROUTE_TM_REPLY | ROUTE_REPLY | ROUTE_EVENT),
    FUNC(t_cancel_branch_idx, branch_args, "Calls off one branch of an INVITE.", .suspends = true),
    FUNC(t_vbflag_set, flag_args, "Sets a flag of the branch at hand."),
    FUNC(t_vbflag_reset, flag_args, "Takes a flag of the branch at hand away."),
    FUNC(t_vbflag_is_set, flag_args, "Tells whether the branch at hand has a flag."),
    FUNC(t_cancel_callid, cancel_args, "Calls off the INVITE of a call.", .suspends = true),
    FUNC(t_reply_callid, reply_call_args, "Replies to a request of another call.",
         .suspends = true),
    FUNC0(t_flush_flags, "Copies the message's flags to the transaction."),
    FUNC0_NAMED("t_flush_xflags", t_flush_flags, "Copies the message's flags to the transaction."),
    FUNC0(t_is_failure_route, "Tells whether a failure route runs."),
    FUNC0(t_is_branch_route, "Tells whether a branch route runs."),
    FUNC0(t_is_reply_route, "Tells whether a reply route runs."),
    FUNC0(t_is_request_route, "Tells whether the request route runs."),
    FUNC0(t_suspend, "Leaves the request to an event; t_continue() goes on with it.",
          .suspends = true),
    FUNC(t_continue, continue_args, "Goes on with a suspended request.", .suspends = true,
         .returns = (const struct outcome[]){ { 1, "it goes on" },
                                              { -1, "it is not suspended, or gone" },
                                              { 0 } }),
    FUNC(t_uac_ack_local, ack_args,
         "Sends the ACK of a 2xx to an INVITE of our own that was made without one "
         "(tm.t_uac_start_noack, t_set_no_auto_ack()).",
         .suspends = true),
    FUNC0(t_reuse_branch, "Makes the failed branch the request's target again.",
          .routes = ROUTE_REQUEST | ROUTE_EVENT | ROUTE_BRANCH_FAILURE),
    FUNC0(t_precheck_trans, "Tells whether a copy of this request is being worked on.",
          .routes = ROUTE_REQUEST | ROUTE_EVENT,
          .differs = "always false: such a copy does not reach the script"),
    FUNC(t_drop, code_args, "Ends the transaction without a reply."),
    { 0 },
};

static const struct variable vars[] = {
    { .name = "T_branch_idx",
      .doc = "Number of the branch at hand; in a failure route, of all.",
      .get = tmx_get,
      .tag = T_BRANCH_IDX },
    { .name = "T_reply_ruid",
      .doc = "Record id of the contact that replied.",
      .get = tmx_get,
      .tag = T_REPLY_RUID },
    { .name = "T_reply_code",
      .doc = "Status of the reply at hand, or of the last one sent.",
      .get = tmx_get,
      .tag = T_REPLY_CODE },
    { .name = "T_reply_reason",
      .doc = "Its reason phrase.",
      .get = tmx_get,
      .tag = T_REPLY_REASON },
    { .name = "T_reply_last",
      .doc = "Status of the last reply sent upstream.",
      .get = tmx_get,
      .tag = T_REPLY_LAST },
    { .name = "T_req",
      .doc = "A variable of the transaction's request.",
      .get = tmx_get_request,
      .key = true },
    { .name = "T_rpl",
      .doc = "A variable of the transaction's reply.",
      .get = tmx_get_reply,
      .key = true },
    { .name = "T_inv",
      .doc = "In a CANCEL: a variable of its INVITE.",
      .get = tmx_get_invite,
      .key = true },
    { .name = "T", .doc = "A property of the transaction.", .get = tmx_get_field, .key = true },
    { .name = "T_branch",
      .doc = "A property of the branch at hand.",
      .get = tmx_get_branch,
      .key = true },
    { 0 },
};

#define READ_STAT(name, expression)                                                                \
    static int64_t read_##name(void)                                                               \
    {                                                                                              \
        struct txn_stats s = txn_stats();                                                          \
        return expression;                                                                         \
    }
READ_STAT(uas, s.uas)
READ_STAT(uac, s.uac)
READ_STAT(class_2, s.completed[2])
READ_STAT(class_3, s.completed[3])
READ_STAT(class_4, s.completed[4])
READ_STAT(class_5, s.completed[5])
READ_STAT(class_6, s.completed[6])
READ_STAT(inuse, s.created - s.freed)
READ_STAT(active, s.created - s.freed - s.waiting)
READ_STAT(received, s.rpl_received)
READ_STAT(absorbed, s.rpl_absorbed)
READ_STAT(generated, s.rpl_generated)
READ_STAT(relayed, s.rpl_relayed)
READ_STAT(sent, s.rpl_sent)

static const struct stat_decl stats[] = {
    { "tmx", "UAS_transactions", "Transactions of received requests.", false, read_uas },
    { "tmx", "UAC_transactions", "Transactions of requests made here.", false, read_uac },
    { "tmx", "2xx_transactions", "Transactions that ended with 2xx.", false, read_class_2 },
    { "tmx", "3xx_transactions", "Transactions that ended with 3xx.", false, read_class_3 },
    { "tmx", "4xx_transactions", "Transactions that ended with 4xx.", false, read_class_4 },
    { "tmx", "5xx_transactions", "Transactions that ended with 5xx.", false, read_class_5 },
    { "tmx", "6xx_transactions", "Transactions that ended with 6xx.", false, read_class_6 },
    { "tmx", "inuse_transactions", "Transactions in memory.", true, read_inuse },
    { "tmx", "active_transactions", "Transactions without a final reply yet.", true, read_active },
    { "tmx", "rpl_received", "Replies received for transactions.", false, read_received },
    { "tmx", "rpl_absorbed", "Of those, not forwarded.", false, read_absorbed },
    { "tmx", "rpl_generated", "Replies made here.", false, read_generated },
    { "tmx", "rpl_relayed", "Replies forwarded.", false, read_relayed },
    { "tmx", "rpl_sent", "Replies sent, repeated ones too.", false, read_sent },
    { 0 },
};

static const struct field params[] = {
    FIELD(tmx_conf, precheck_trans, "Accepted without effect.", .def = "1",
          .inert = "copies of a request that is being worked on are always thrown away"),
    { 0 },
};

static const struct event events[] = {
    { "tmx:continue", "t_continue() named a route that does not exist, or none." },
    { 0 },
};

const struct module module_tmx = {
    .abi = MODULE_ABI,
    .name = "tmx",
    .doc = "More of transactions for scripts: their messages, suspension, statistics.",
    .needs = (const char *const[]){ "tm", NULL },
    .slot = &self.slot,
    .conf_size = sizeof(struct tmx_conf),
    .params = params,
    .funcs = funcs,
    .vars = vars,
    .events = events,
    .stats = stats,
};
