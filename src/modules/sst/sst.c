/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sst: session timers in a proxy (RFC 4028 8). Asks for them in INVITEs, refuses intervals that are
 * too short, and lets a dialog live as long as what the two sides agreed on.
 */
#include "base/log.h"
#include "core/send.h"
#include "modules/dialog/dialog.h"
#include "modules/sst/interval.h"
#include "script/value.h"

#define AREA "sst"

struct sst_conf {
    bool enable_stats, reject_to_small;
    int64_t min_se, sst_flag;
    const struct var_ref *timeout_avp;
};
struct check_args {
    int64_t send_reply;
};
enum { STAT_EXPIRED };

static struct {
    struct module_slot slot;
} self;

extern const struct module module_sst;

/* What the last INVITE or UPDATE of a dialog asked for. */
struct session {
    int64_t interval; /* as it went on; SST_NONE: none */
    bool supported;   /* by who sent it */
};

/* ---- lines ---- */

static void put_line(struct call *c, enum header_id id, const char *name, int64_t n)
{
    const struct header *h = msg_header(c->msg, id);
    struct str line = arena_fmt(c->arena, "%s: %lld\r\n", name, (long long)n);

    if (h)
        edit_replace(&c->edits, c->msg, h->all, line);
    else
        edit_append_header(&c->edits, c->msg, line);
}

/* RFC 4028 6: 422 with our minimum. */
static void refuse(struct call *c, const struct sst_conf *conf)
{
    reply_add_header(c, arena_fmt(c->arena, "Min-SE: %lld\r\n", (long long)conf->min_se));
    err_t e = c->txn ? txn_reply(c, c->txn, 422, STR("Session Timer Too Small"))
                     : send_local_reply(c, 422, STR("Session Timer Too Small"), STR_NONE);
    c->replied = e == ERR_OK;
}

/* ---- requests ---- */

/* Changes an INVITE or UPDATE to what we want (8.1). False: it was refused. */
static bool ask(struct call *c, const struct sst_conf *conf, struct session *s, bool may_refuse)
{
    struct sst_info info;

    sst_read(c->msg, &info);
    s->supported = info.supported;
    s->interval = info.interval;
    if (info.interval == SST_MALFORMED)
        return true;
    if (info.interval >= 0 && info.interval < conf->min_se) {
        if (!conf->reject_to_small)
            return true;
        if (info.supported && may_refuse) {
            refuse(c, conf);
            return false;
        }
        if (!info.supported) { /* its sender would not understand 422 */
            put_line(c, HEADER_SESSION_EXPIRES, "Session-Expires", conf->min_se);
            s->interval = conf->min_se;
        }
    } else if (info.interval == SST_NONE) {
        s->interval = info.least > conf->min_se ? info.least : conf->min_se;
        put_line(c, HEADER_SESSION_EXPIRES, "Session-Expires", s->interval);
    } else {
        return true;
    }
    if (info.least < conf->min_se && info.least != SST_NONE)
        put_line(c, HEADER_MIN_SE, "Min-SE", conf->min_se);
    else if (info.interval != SST_NONE && info.least == SST_NONE)
        put_line(c, HEADER_MIN_SE, "Min-SE", conf->min_se);
    return true;
}

static void apply(struct dialog *d, struct call *c, const struct sst_conf *conf, int64_t seconds)
{
    struct value v = VALUE_OF_INT(seconds);

    if (!conf->timeout_avp || seconds <= 0)
        return;
    if (c && var_set(c, conf->timeout_avp, &v) != ERR_OK)
        log_debug(AREA, "timeout_avp was not set");
    dialog_set_lifetime(d, seconds);
}

/* ---- replies ---- */

/* A 2xx without the header, of a side that knows no timers: the other one is to refresh (8.2). */
static void answer(const struct dialog_note *note, const struct sst_conf *conf, struct session *s)
{
    struct call *c = note->call;
    struct sst_info info = { .interval = SST_NONE };

    if (note->status / 100 != 2 || !note->txn ||
        (note->txn->method != METHOD_INVITE && note->txn->method != METHOD_UPDATE))
        return;
    if (note->reply)
        sst_read(note->reply, &info);
    if (info.interval > 0) {
        s->interval = info.interval;
    } else if (s->interval > 0 && s->supported && c && note->reply) {
        edit_append_header(&c->edits, c->msg,
                           arena_fmt(c->arena,
                                     "Session-Expires: %lld;refresher=uac\r\nRequire: timer\r\n",
                                     (long long)s->interval));
    } else {
        return; /* nobody will refresh: the dialog keeps its lifetime */
    }
    apply(note->dialog, c, conf, s->interval);
}

static void on_dialog(const struct dialog_note *note, void *arg)
{
    const struct sst_conf *conf = current_conf(&module_sst);
    struct call *c = note->call;
    struct session *s = arg;

    switch (note->event) {
    case DIALOG_ON_REQUEST:
        if (c && (c->msg->method == METHOD_INVITE || c->msg->method == METHOD_UPDATE))
            ask(c, conf, s, false);
        break;
    case DIALOG_ON_REPLYING:
    case DIALOG_ON_REPLYING_WITHIN: answer(note, conf, s); break;
    case DIALOG_ON_EXPIRED:
        if (conf->enable_stats)
            stat_add(self.slot.stat_base + STAT_EXPIRED, 1);
        break;
    default: break;
    }
}

static void session_free(void *arg)
{
    mem_free(MEM_DIALOG, arg);
}

static void watch(struct dialog *d, struct session from)
{
    struct session *s = mem_alloc(MEM_DIALOG, sizeof *s);

    *s = from;
    dialog_watch(
        d, DIALOG_ON_REQUEST | DIALOG_ON_REPLYING | DIALOG_ON_REPLYING_WITHIN | DIALOG_ON_EXPIRED,
        on_dialog, s, session_free);
    dialog_set_var(d, STR("sst:on"), STR("1"));
}

static void on_begin(const struct dialog_note *note, void *arg)
{
    struct call *c = note->call;
    const struct sst_conf *conf = c ? generation_conf(c->gen, &module_sst) : NULL;
    struct session s = { SST_NONE, false };

    (void)arg;
    if (note->event == DIALOG_ON_LOADED) {
        if (dialog_var(note->dialog, STR("sst:on")).n)
            watch(note->dialog, s);
        return;
    }
    if (!conf || !(c->flags & 1u << conf->sst_flag))
        return;
    if (ask(c, conf, &s, true))
        watch(note->dialog, s);
}

/* ---- sstCheckMin() ---- */

static int sstCheckMin(struct call *c, const struct check_args *a)
{
    const struct sst_conf *conf = call_conf(c, &module_sst);
    struct sst_info info;
    int64_t value;

    sst_read(c->msg, &info);
    value = info.interval != SST_NONE ? info.interval : info.least;
    if (value == SST_NONE || value >= conf->min_se)
        return SCRIPT_FALSE;
    if (a->send_reply && c->msg->request)
        refuse(c, conf);
    return SCRIPT_TRUE;
}
EXPOSE(sstCheckMin, check_args)

/* ---- tables ---- */

static err_t check(struct load *l, void *conf)
{
    struct sst_conf *c = conf;

    if (c->sst_flag < 0) {
        load_fault(l, "sst_flag", "must be set: modparam(\"sst\", \"sst_flag\", 6)");
        return ERR_RANGE;
    }
    if (c->timeout_avp && !var_is_writable(c->timeout_avp)) {
        load_fault(l, "timeout_avp", "expected a variable that can be set, as dialog has it");
        return ERR_TYPE;
    }
    return ERR_OK;
}

static err_t start(const void *conf)
{
    (void)conf;
    dialog_watch_all(DIALOG_ON_CREATED | DIALOG_ON_LOADED, on_begin, NULL);
    return ERR_OK;
}

static const struct field params[] = {
    FIELD(sst_conf, enable_stats, "Whether dialogs that expire are counted.", .def = "1"),
    FIELD(sst_conf, min_se, "The shortest interval in seconds that is allowed.", .def = "90",
          .min = SST_LEAST_S, .max = INT32_MAX),
    FIELD(sst_conf, timeout_avp,
          "The variable that dialog's timeout_avp names; without it lifetimes stay as they are.",
          .optional = true, .differs = "the 2xx of the first INVITE sets the lifetime as well"),
    FIELD(
        sst_conf, reject_to_small,
        "Whether INVITEs with a shorter interval are refused with 422; else they go on unchanged.",
        .def = "1",
        .differs = "the interval is raised where the sender does not support timers, as RFC 4028 "
                   "8.1 has it; where dlg_manage() refuses, it ends the script"),
    FIELD(sst_conf, sst_flag, "Flag of INVITEs whose sessions are to be timed; must be set.",
          .def = "-1", .min = -1, .max = 31,
          .differs = "a 2xx gets Session-Expires only when the caller supports timers, with "
                     "Require, as RFC 4028 8.2 has it"),
    { 0 },
};
static const struct field check_args_fields[] = {
    FIELD(check_args, send_reply, "Whether to answer 422 with Min-SE.", .min = 0, .max = 1),
    { 0 },
};
static const struct func funcs[] = {
    FUNC(sstCheckMin, check_args,
         "Tells whether Session-Expires, or without it Min-SE, is below the minimum.",
         .routes = ROUTE_REQUEST | ROUTE_TM_REPLY | ROUTE_REPLY, .suspends = true,
         .returns = (const struct outcome[]){ { 1, "it is below; 422 was sent if asked for" },
                                              { -1, "it is not, or there is none" },
                                              { 0 } }),
    { 0 },
};
static const struct stat_decl stats[] = {
    { "sst", "expired_sst", "Dialogs with a session timer that expired.", .gauge = false },
    { 0 },
};

const struct module module_sst = {
    .abi = MODULE_ABI,
    .name = "sst",
    .doc = "Session timers (RFC 4028): dialogs live as long as they are refreshed.",
    .needs = (const char *const[]){ "dialog", NULL },
    .slot = &self.slot,
    .conf_size = sizeof(struct sst_conf),
    .params = params,
    .funcs = funcs,
    .stats = stats,
    .check = check,
    .start = start,
};
