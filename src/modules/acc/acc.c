/* SPDX-License-Identifier: BSD-2-Clause */
/* acc: records of what transactions came to, in the log and in a database. */
#include "modules/acc/acc.h"
#include "base/clock.h"
#include "base/log.h"
#include "core/database.h"
#include "core/send.h"
#include "modules/acc/record.h"
#include "modules/rr/rr.h"
#include "txn/txn.h"

struct comment_args {
    struct str comment;
};
struct table_args {
    struct str comment, table;
};

static struct {
    struct module_slot slot;
    bool watching;
} self;

static const struct acc_conf *conf_of(const struct generation *g)
{
    return g && g->confs ? g->confs[self.slot.index] : NULL;
}

static bool has_flag(uint32_t flags, int64_t flag)
{
    return flag >= 0 && flag < 32 && flags & 1u << flag;
}

static bool is_accounted(const struct acc_conf *conf, uint32_t flags)
{
    return has_flag(flags, conf->log_flag) || has_flag(flags, conf->db_flag);
}

static bool is_missed_wanted(const struct acc_conf *conf, uint32_t flags)
{
    return has_flag(flags, conf->log_missed_flag) || has_flag(flags, conf->db_missed_flag);
}

/* ---- writing ---- */

enum backends { TO_LOG = ACC_TO_LOG, TO_DB = ACC_TO_DB };

struct writing {
    const struct acc_conf *conf;
    struct acc_fact fact;
    unsigned to;
    struct str table;
    const struct txn_branch *branch; /* whose URI counts; NULL: the request's */
};

static void write_here(struct call *c, void *arg)
{
    struct writing *w = arg;
    const struct acc_conf *conf = w->conf;

    if (w->branch && w->branch->uri.n) {
        c->branch = w->branch->index;
        c->targets[0].uri = w->branch->uri;
        c->cached_uri = NULL;
    }
    if (conf->detect_direction && conf->rr_loaded)
        w->fact.flip = rr_direction(c) == RR_UPSTREAM;
    if (w->to & TO_LOG)
        acc_write_log(c, conf, &w->fact);
    if (w->to & TO_DB)
        acc_write_db(c, conf, &w->fact, w->table);
}

/* The reason phrase of bytes that went out. */
static struct str reason_in(struct str bytes)
{
    size_t head = STR("SIP/2.0 200 ").n;

    if (bytes.n < head)
        return STR("");
    bytes = str_skip(bytes, head);
    return str_cut(bytes, 0, str_find(bytes, '\r'));
}

/* text="…" of a Reason header, where the configuration prefers it. */
static struct str reason_from_header(const struct acc_conf *conf, struct msg *m)
{
    const struct header *h = conf->reason_from_hf && m ? msg_header(m, HEADER_REASON) : NULL;
    struct str params, text;

    if (!h)
        return STR_NONE;
    params = str_skip(h->body, str_find(h->body, ';') + 1);
    text = param_find(params, STR("text"));
    if (text.n >= 2 && text.p[0] == '"')
        text = str_cut(text, 1, text.n - 1);
    return text;
}

static struct acc_fact fact_of(const struct txn_note *note, const struct acc_conf *conf,
                               const char *what)
{
    const struct txn *t = note->txn;
    struct str reason = reason_from_header(conf, note->reply);

    if (!reason.n)
        reason = note->reply ? note->reply->reason : note->reason;
    if (!reason.n && note->bytes.n)
        reason = reason_in(note->bytes);
    if (!reason.n)
        reason = status_reason(note->status);
    return (struct acc_fact){ .text = what,
                              .method = t->method_name,
                              .from_tag = t->from_tag,
                              .to_tag = note->to_tag,
                              .call_id = t->call_id,
                              .status = note->status,
                              .reason = reason,
                              .at_us = clock_unix_us() };
}

static void write(struct txn *t, struct writing *w)
{
    if (w->to)
        txn_with_request(t, write_here, w);
}

/* ---- what transactions tell ---- */

static bool is_filtered(const struct acc_conf *conf, unsigned status)
{
    struct str list = conf->failed_filter;
    uint32_t code;

    while (list.n) {
        if (str_to_u32(str_trim(str_split(&list, ',')), &code) == ERR_OK && code == status)
            return true;
    }
    return false;
}

static unsigned backends(uint32_t flags, int64_t log_flag, int64_t db_flag)
{
    return (has_flag(flags, log_flag) ? TO_LOG : 0u) | (has_flag(flags, db_flag) ? TO_DB : 0u);
}

static void on_missed(const struct txn_note *note, const struct acc_conf *conf)
{
    struct txn *t = note->txn;
    struct writing w = { conf, fact_of(note, conf, "call missed"),
                         backends(t->flags, conf->log_missed_flag, conf->db_missed_flag),
                         conf->db_table_missed_calls, NULL };

    if (t->method != METHOD_INVITE || !w.to)
        return;
    if (note->branch >= 0)
        w.branch = t->branches[note->branch];
    write(t, &w);
    if (conf->log_missed_flag >= 0)
        t->flags &= ~(1u << conf->log_missed_flag); /* once is enough */
    if (conf->db_missed_flag >= 0)
        t->flags &= ~(1u << conf->db_missed_flag);
}

static void on_answer(const struct txn_note *note, const struct acc_conf *conf)
{
    struct txn *t = note->txn;
    bool early = conf->early_media && note->status == 183;

    if (note->status < 200 && !early)
        return;
    if (note->status >= 300)
        on_missed(note, conf); /* unless a branch that failed was one already */
    if (note->status >= 300 &&
        (!has_flag(t->flags, conf->failed_transaction_flag) || is_filtered(conf, note->status)))
        return;
    struct writing w = { conf, fact_of(note, conf, "transaction answered"),
                         backends(t->flags, conf->log_flag, conf->db_flag), conf->db_table_acc,
                         NULL };
    write(t, &w);
}

static void on_ack(const struct txn_note *note, const struct acc_conf *conf)
{
    struct txn *t = note->txn;
    struct writing w = { conf, fact_of(note, conf, "request acknowledged"),
                         backends(t->flags, conf->log_flag, conf->db_flag), conf->db_table_acc,
                         NULL };

    if (!conf->report_ack)
        return;
    w.fact.method = STR("ACK");
    w.fact.status = t->status;
    w.fact.reason = reason_in(t->reply);
    w.fact.to_tag = t->to_tag;
    write(t, &w);
}

static void on_cancel(const struct txn_note *note, const struct acc_conf *conf)
{
    struct call *c = note->call;

    if (!conf->report_cancels || !c)
        return;
    struct writing w = { conf, fact_of(note, conf, "transaction answered"),
                         backends(c->flags | note->txn->flags, conf->log_flag, conf->db_flag),
                         conf->db_table_acc, NULL };
    w.fact.method = STR("CANCEL");
    w.fact.status = 200;
    w.fact.reason = STR("OK");
    w.fact.to_tag = note->txn->to_tag.n ? note->txn->to_tag : reply_to_tag(c);
    if (w.to)
        write_here(c, &w);
}

static void on_event(const struct txn_note *note, void *arg)
{
    const struct acc_conf *conf = conf_of(note->txn->gen);

    (void)arg;
    if (!conf)
        return;
    switch (note->event) {
    case TXN_RESPONSE_OUT: on_answer(note, conf); break;
    case TXN_FAILURE: on_missed(note, conf); break;
    case TXN_E2E_ACK_IN: on_ack(note, conf); break;
    case TXN_CANCEL_IN: on_cancel(note, conf); break;
    default: break;
    }
}

/* Looks at every transaction until a flag asks for accounting; then watches it. */
static void on_any(const struct txn_note *note, void *arg)
{
    struct txn *t = note->txn;
    const struct acc_conf *conf = conf_of(t->gen);

    (void)arg;
    if (!conf || t->txn_flags & (TXN_ACCOUNTED | TXN_LOCAL))
        return;
    if (!conf->acc_prepare_always && !has_flag(t->flags, conf->acc_prepare_flag) &&
        !is_accounted(conf, t->flags) && !is_missed_wanted(conf, t->flags))
        return;
    t->txn_flags |= TXN_ACCOUNTED;
    txn_watch(t, TXN_RESPONSE_OUT | TXN_FAILURE | TXN_E2E_ACK_IN | TXN_CANCEL_IN, on_event, NULL,
              NULL);
}

/* ---- functions ---- */

/* "404 Not found" as status and reason. */
static struct acc_fact fact_of_comment(struct call *c, struct str comment)
{
    struct str rest = str_trim(comment), first = str_cut(rest, 0, str_find(rest, ' '));
    uint32_t status = 0;

    if (first.n == 3 && str_to_u32(first, &status) == ERR_OK && status >= 100 && status < 700)
        rest = str_trim(str_skip(rest, 3));
    else
        status = 0;
    return (struct acc_fact){ .text = "request accounted",
                              .method = c->msg->request ? c->msg->method_name : STR(""),
                              .from_tag = msg_from_tag(c->msg),
                              .to_tag = msg_to_tag(c->msg),
                              .call_id = msg_call_id(c->msg),
                              .status = status,
                              .reason = rest,
                              .at_us = clock_unix_us() };
}

static int account(struct call *c, struct str comment, unsigned to, struct str table)
{
    struct writing w = { call_conf(c, &module_acc), fact_of_comment(c, comment), to, table, NULL };

    write_here(c, &w);
    return SCRIPT_TRUE;
}

void acc_account(struct call *c, struct str comment, unsigned to, struct str table)
{
    account(c, comment, to, table);
}

static int acc_log_request(struct call *c, const struct comment_args *a)
{
    return account(c, a->comment, TO_LOG, STR_NONE);
}
EXPOSE(acc_log_request, comment_args)

static int acc_db_request(struct call *c, const struct table_args *a)
{
    const struct acc_conf *conf = call_conf(c, &module_acc);

    return conf->db_url.n ? account(c, a->comment, TO_DB, a->table) : SCRIPT_FALSE;
}
EXPOSE(acc_db_request, table_args)

static int acc_request(struct call *c, const struct table_args *a)
{
    const struct acc_conf *conf = call_conf(c, &module_acc);

    return account(c, a->comment, conf->db_url.n ? TO_LOG | TO_DB : TO_LOG, a->table);
}
EXPOSE(acc_request, table_args)

/* ---- tables ---- */

static const struct field comment_args_fields[] = {
    FIELD(comment_args, comment, "Status and reason to account."),
    { 0 },
};
static const struct field table_args_fields[] = {
    FIELD(table_args, comment, "Status and reason to account."),
    FIELD(table_args, table, "Database table."),
    { 0 },
};
static const struct func funcs[] = {
    FUNC(acc_log_request, comment_args, "Writes a record of the request to the log."),
    FUNC(acc_db_request, table_args, "Writes a record of the request to the database."),
    FUNC(acc_request, table_args,
         "Writes a record to the log, and to the database if there is one."),
    { 0 },
};

static const struct field params[] = {
    FIELD(acc_conf, early_media, "Whether a 183 is accounted too.", .def = "0"),
    FIELD(acc_conf, failed_transaction_flag, "Flag that has negative answers accounted.",
          .def = "-1", .min = -1, .max = 31),
    FIELD(acc_conf, failed_filter, "Negative statuses, separated by commas, not to account.",
          .optional = true),
    FIELD(acc_conf, report_ack, "Whether ACKs are accounted.", .def = "0"),
    FIELD(acc_conf, report_cancels, "Whether CANCELs are accounted.", .def = "0"),
    FIELD(acc_conf, multi_leg_info, "name=$avp pairs, one list of values per leg of a call.",
          .optional = true),
    FIELD(acc_conf, detect_direction, "Whether tags change places for requests of the callee.",
          .def = "0"),
    FIELD(acc_conf, acc_prepare_flag, "Flag by which accounting may still be asked for later.",
          .def = "-1", .min = -1, .max = 31),
    FIELD(acc_conf, acc_prepare_always, "The same for all requests.", .def = "0"),
    FIELD(acc_conf, reason_from_hf, "Whether text= of a Reason header is the reason.", .def = "0"),
    FIELD(acc_conf, acc_extra_nullable, "Whether undefined extras become NULL, not \"\".",
          .def = "0"),
    FIELD(acc_conf, log_flag, "Flag that has a request accounted in the log.", .def = "-1",
          .min = -1, .max = 31),
    FIELD(acc_conf, log_missed_flag, "Flag that has missed calls written to the log.", .def = "-1",
          .min = -1, .max = 31),
    FIELD(acc_conf, log_level, "Level of these log messages.", .def = "1", .min = -5, .max = 3),
    FIELD(acc_conf, log_facility, "Accepted without effect.", .optional = true,
          .inert = "records go where all messages go"),
    FIELD(acc_conf, log_extra, "name=$variable pairs to add to log records.", .optional = true),
    FIELD(acc_conf, db_flag, "Flag that has a request accounted in the database.", .def = "-1",
          .min = -1, .max = 31),
    FIELD(acc_conf, db_missed_flag, "Flag that has missed calls written to the database.",
          .def = "-1", .min = -1, .max = 31),
    FIELD(acc_conf, db_extra, "column=$variable pairs to add to rows.", .optional = true),
    FIELD(acc_conf, db_url, "Database.", .optional = true),
    FIELD(acc_conf, db_table_acc, "Table of answered transactions.", .def = "acc"),
    FIELD(acc_conf, db_table_missed_calls, "Table of missed calls.", .def = "missed_calls"),
    FIELD(acc_conf, db_version_check, "Accepted without effect.", .def = "1",
          .inert = "tables are not asked for their version"),
    FIELD(acc_conf, acc_method_column, "Column of the method.", .def = "method"),
    FIELD(acc_conf, acc_from_tag_column, "Column of the From tag.", .def = "from_tag"),
    FIELD(acc_conf, acc_to_tag_column, "Column of the To tag.", .def = "to_tag"),
    FIELD(acc_conf, acc_callid_column, "Column of the Call-ID.", .def = "callid"),
    FIELD(acc_conf, acc_sip_code_column, "Column of the status.", .def = "sip_code"),
    FIELD(acc_conf, acc_sip_reason_column, "Column of the reason.", .def = "sip_reason"),
    FIELD(acc_conf, acc_time_column, "Column of the time.", .def = "time"),
    FIELD(acc_conf, db_insert_mode, "Accepted without effect.", .def = "0",
          .inert = "rows never hold up a call"),
    FIELD(acc_conf, time_mode,
          "A further time: 1 seconds and microseconds, 2 as a fraction, 3 local, 4 UTC by "
          "time_format.",
          .def = "0", .max = 4),
    FIELD(acc_conf, time_attr, "Name or column of that time.", .def = "time_attr"),
    FIELD(acc_conf, time_exten, "Name or column of its microseconds.", .def = "time_exten"),
    FIELD(acc_conf, time_format, "Form of times, as strftime() has it.",
          .def = "%Y-%m-%d %H:%M:%S"),
    FIELD(acc_conf, clone_msg, "Accepted without effect.", .def = "1",
          .inert = "requests are always read again"),
    FIELD(acc_conf, acc_extra_size, "Accepted without effect.", .def = "64",
          .inert = "up to 64 extras"),
    FIELD(acc_conf, cdr_enable, "Whether calls are recorded as a whole; needs dialog.", .def = "0"),
    FIELD(acc_conf, cdr_skip, "Calls with this variable of the dialog are not recorded.",
          .optional = true),
    FIELD(acc_conf, cdr_log_enable, "Whether records of calls go to the log.", .def = "1"),
    FIELD(acc_conf, cdr_start_on_confirmed,
          "Whether a call begins with the ACK, not with its INVITE.", .def = "0"),
    FIELD(acc_conf, cdr_facility, "Accepted without effect.", .def = "LOG_DAEMON",
          .inert = "records go where all messages go"),
    FIELD(acc_conf, cdr_extra, "name=$variable pairs, separated by ;, for records of calls.",
          .def = ""),
    FIELD(acc_conf, cdr_extra_nullable, "Whether what has no value becomes NULL in the database.",
          .def = "0"),
    FIELD(acc_conf, cdr_start_id, "Name, column and variable of the dialog of the begin.",
          .def = "start_time"),
    FIELD(acc_conf, cdr_end_id, "Likewise of the end.", .def = "end_time"),
    FIELD(acc_conf, cdr_duration_id, "Likewise of the duration in seconds.", .def = "duration"),
    FIELD(acc_conf, cdr_duration_mode, "Accepted without effect.", .def = "1",
          .inert = "the duration is the time between begin and end"),
    FIELD(acc_conf, cdr_expired_dlg_enable,
          "Whether calls that expired are recorded, with variables of the dialog only.",
          .def = "0"),
    FIELD(acc_conf, cdrs_table, "Table for records of calls; empty: none.", .def = ""),
    FIELD(acc_conf, cdr_on_failed, "Whether calls that were not answered are recorded.",
          .def = "1"),
    FIELD(acc_conf, cdr_extra_size, "Accepted without effect.", .def = "64",
          .inert = "up to 64 extras"),
    { 0 },
};

static const struct table tables[] = {
    { "acc", 5, "Transactions that were answered." },
    { "missed_calls", 4, "Calls that were not." },
    { "acc_cdrs", 3, "Calls as a whole." },
    { 0 },
};

static err_t check(struct load *l, void *conf)
{
    struct acc_conf *c = conf;
    err_t e = acc_read_extras(l, "log_extra", c->log_extra, &c->log_extras);

    if (e == ERR_OK)
        e = acc_read_extras(l, "db_extra", c->db_extra, &c->db_extras);
    if (e == ERR_OK)
        e = acc_read_extras(l, "multi_leg_info", c->multi_leg_info, &c->legs);
    if (e == ERR_OK)
        e = acc_read_extras(l, "cdr_extra", c->cdr_extra, &c->cdr_extras);
    if (c->cdr_enable && !load_has_module(l, "dialog"))
        load_fault(l, "cdr_enable", "needs loadmodule \"dialog.so\"");
    c->rr_loaded = load_has_module(l, "rr");
    if (c->detect_direction && !c->rr_loaded)
        load_fault(l, "detect_direction", "needs loadmodule \"rr.so\"");
    if (e == ERR_OK && c->db_url.n)
        e = database_check_url(l, "db_url", c->db_url);
    return e;
}

static err_t start(const void *conf)
{
    (void)conf;
    if (!self.watching)
        txn_watch_all(TXN_REQUEST_IN | TXN_REQUEST_FORWARDED | TXN_RESPONSE_READY, on_any, NULL);
    self.watching = true;
    acc_cdr_start();
    return ERR_OK;
}

const struct module module_acc = {
    .abi = MODULE_ABI,
    .name = "acc",
    .doc = "Accounting of transactions in the log and in a database.",
    .needs = (const char *const[]){ "tm", NULL },
    .slot = &self.slot,
    .conf_size = sizeof(struct acc_conf),
    .params = params,
    .funcs = funcs,
    .tables = tables,
    .check = check,
    .start = start,
    .stop = acc_forget_databases,
};
