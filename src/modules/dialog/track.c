/* SPDX-License-Identifier: BSD-2-Clause */
/* A dialog from its INVITE to the answer, as the INVITE's transaction tells (RFC 3261 12.1). */
#include "base/clock.h"
#include "base/log.h"
#include "modules/dialog/inner.h"
#include "modules/rr/rr.h"
#include "net/net.h"

enum {
    INVITE_EVENTS = TXN_RESPONSE_IN | TXN_RESPONSE_READY | TXN_RESPONSE_OUT | TXN_FINAL |
                    TXN_E2E_ACK_IN | TXN_DESTROYED
};

/* ---- the run's dialog ---- */

static void run_over(void *arg)
{
    struct dialog_run *run = arg;
    struct dialog *d = run->begun ? run->own : NULL;

    if (run->postponed && d && dialog_is_stored(d))
        dialog_notify(d, (struct dialog_note){ .event = DIALOG_ON_CREATED });
    /* The script neither relayed nor answered the INVITE: there will be no dialog. */
    if (d && d->state == DIALOG_UNCONFIRMED && !d->attached)
        dialog_forget(d);
    obj_drop(run->own);
    obj_drop(run->dialog);
    obj_drop(run->kept);
}

struct dialog_run *dialog_run(struct call *c)
{
    struct dialog_run *run = c->module_data[dialog_run_slot()];

    if (run)
        return run;
    run = ARENA_NEW(c->arena, struct dialog_run);
    c->module_data[dialog_run_slot()] = run;
    arena_defer(c->arena, run_over, run);
    return run;
}

void dialog_run_set(struct call *c, struct dialog *d)
{
    struct dialog_run *run = dialog_run(c);
    struct dialog *before = run->dialog;

    run->dialog = d ? obj_hold(d) : NULL;
    run->chosen = true;
    obj_drop(before);
}

static bool is_initial(struct call *c)
{
    return c->msg->request && c->msg->method == METHOD_INVITE && !msg_to_tag(c->msg).n;
}

struct dialog *dialog_of(struct call *c)
{
    struct dialog_run *run = dialog_run(c);
    struct str call_id = msg_call_id(c->msg);

    if (run->dialog || run->chosen || !call_id.n || (!c->packet && !c->txn))
        return run->dialog;
    if (worker_of_hash(home_hash(call_id)) != worker_self() || (is_initial(c) && !c->txn))
        return NULL;
    struct dialog *d = is_initial(c)
                           ? dialog_find_call(call_id, msg_from_tag(c->msg))
                           : dialog_find(call_id, msg_from_tag(c->msg), msg_to_tag(c->msg));
    if (d)
        run->dialog = obj_hold(d);
    return d;
}

struct dialog *dialog_or_pending(struct call *c)
{
    struct dialog *d = dialog_of(c);
    struct dialog_run *run = dialog_run(c);

    if (d)
        return d;
    if (!run->kept) {
        run->kept = dialog_new(STR(""), STR(""), STR(""), STR(""), STR(""));
        run->kept->lifetime_s = -1;
    }
    return run->kept;
}

/* The oldest first: lists show the newest first. */
static void take_vars(struct dialog *d, const struct dialog_value *newest)
{
    if (!newest)
        return;
    take_vars(d, newest->next);
    dialog_set_var(d, newest->name, newest->value.p ? newest->value : STR(""));
}

/* What the script said before there was a dialog. */
static void take_kept(struct dialog_run *run, struct dialog *d)
{
    struct dialog *kept = run->kept;

    if (!kept)
        return;
    run->kept = NULL;
    d->flags |= kept->flags;
    d->iflags |= kept->iflags;
    if (kept->lifetime_s >= 0)
        d->lifetime_s = kept->lifetime_s;
    if (kept->timeout_route.n)
        dialog_text_set(&d->timeout_route, kept->timeout_route);
    profiles_take(d, kept);
    take_vars(d, kept->vars);
    obj_drop(kept);
}

/* ---- creation ---- */

static int64_t timeout_of(struct call *c, const struct dialog_conf *conf)
{
    struct value v = VALUE_NONE;

    if (conf->timeout_avp && var_get(c, conf->timeout_avp, &v) == ERR_OK && v.type != VALUE_NULL &&
        value_number(&v) > 0)
        return value_number(&v);
    return -1;
}

/* "did": entry and id in hexadecimal, lowest digit first. */
static void put_digits(struct buf *b, uint32_t n)
{
    do {
        buf_char(b, "0123456789abcdef"[n & 15]);
        n >>= 4;
    } while (n);
}

bool dialog_did_text(const struct dialog *d, struct buf *b)
{
    put_digits(b, d->entry);
    buf_char(b, '.');
    put_digits(b, d->id);
    return !b->overflow;
}

static void add_did(struct call *c, struct dialog *d, const struct dialog_conf *conf)
{
    char space[128];
    struct buf b;

    if (conf->dlg_match_mode == MATCH_BY_TAGS)
        return;
    buf_fixed(&b, space, sizeof space);
    buf_fmt(&b, ";" STR_FMT "=", STR_ARG(conf->rr_param));
    if (dialog_did_text(d, &b))
        rr_add_param(c, buf_str(&b));
}

static void on_invite(const struct txn_note *note, void *arg);

static void attach(struct dialog *d, struct txn *t)
{
    if (d->attached)
        return;
    d->attached = true;
    d->txn = t;
    txn_watch(t, INVITE_EVENTS, on_invite, obj_hold(d), obj_drop);
}

static struct dialog *make(struct call *c, const struct dialog_conf *conf)
{
    const struct address *from = msg_from(c->msg, NULL), *to = msg_to(c->msg, NULL);
    struct str call_id = msg_call_id(c->msg), tag = msg_from_tag(c->msg);
    struct dialog *d;

    if (!from || !to || !call_id.n || !tag.n)
        return NULL;
    d = dialog_new(call_id, tag, from->uri_text, to->uri_text, call_uri_text(c));
    d->entry = dialog_entry_of(call_id, conf->hash_size);
    d->id = dialog_next_id(conf);
    d->created_us = clock_unix_us();
    d->lifetime_s = (int32_t)conf->default_timeout;
    if (conf->timeout_noreset)
        d->iflags |= IFLAG_TIMEOUT_NORESET;
    leg_read_request(d, DIALOG_CALLER, c);
    return d;
}

static void begin(struct call *c, const struct dialog_conf *conf)
{
    struct dialog_run *run = dialog_run(c);
    struct dialog *d = make(c, conf);

    if (!d)
        return;
    run->dialog = d; /* its reference */
    run->own = obj_hold(d);
    run->begun = true;
    dialog_store(d);
    take_kept(run, d);
    int64_t timeout = timeout_of(c, conf);
    if (timeout > 0 && timeout <= INT32_MAX)
        d->lifetime_s = (int32_t)timeout;
    dialog_timers_set(d);
    add_did(c, d, conf);
    if (conf->track_cseq_updates)
        dialog_cseq_follow(c);
    if (c->txn)
        attach(d, c->txn);
    if (conf->initial_cbs_inscript)
        dialog_notify(d,
                      (struct dialog_note){ .event = DIALOG_ON_CREATED, .call = c, .txn = c->txn });
    else
        run->postponed = true;
}

/* The INVITE of a dialog passes once more. */
static bool is_spiral(struct call *c, const struct dialog_conf *conf)
{
    struct dialog *d;

    if (!conf->detect_spirals)
        return false;
    d = dialog_find_call(msg_call_id(c->msg), msg_from_tag(c->msg));
    if (!d || d->state == DIALOG_ENDED || d->leg[DIALOG_CALLEE].tag.n)
        return false;
    dialog_run(c)->dialog = obj_hold(d);
    dialog_run(c)->spiral = true;
    take_kept(dialog_run(c), d);
    add_did(c, d, conf);
    dialog_notify(d, (struct dialog_note){ .event = DIALOG_ON_SPIRALED, .call = c, .txn = c->txn });
    return true;
}

static void manage_initial(struct call *c, const struct dialog_conf *conf)
{
    struct dialog_run *run = dialog_run(c);

    if (!run->dialog && !run->own && !is_spiral(c, conf))
        begin(c, conf);
}

int dialog_manage(struct call *c)
{
    const struct dialog_conf *conf = call_conf(c, &module_dialog);

    if (!c->msg->request || !msg_call_id(c->msg).n)
        return SCRIPT_FALSE;
    if (msg_to_tag(c->msg).n) {
        dialog_within(c, MATCH_BY_TAGS, STR_NONE); /* whatever dlg_match_mode says */
        return SCRIPT_TRUE;
    }
    if (c->msg->method != METHOD_INVITE)
        return SCRIPT_FALSE;
    bool replied = c->replied;
    manage_initial(c, conf);
    if (c->replied && !replied)
        return SCRIPT_EXIT; /* a module refused it */
    return dialog_run(c)->dialog ? SCRIPT_TRUE : SCRIPT_FALSE;
}

/* ---- what the INVITE's transaction tells ---- */

static void early(struct dialog *d, const struct txn_note *note)
{
    if (d->state != DIALOG_UNCONFIRMED)
        return;
    d->state = DIALOG_EARLY;
    dialog_count(STAT_EARLY, 1);
    dialog_notify(d, (struct dialog_note){ .event = DIALOG_ON_EARLY,
                                           .call = note->call,
                                           .txn = note->txn,
                                           .reply = note->reply,
                                           .status = note->status });
    dialog_changed(d);
}

/* A 2xx made here was never a message that was received: it is read from what went out. */
static void read_answer(struct dialog *d, const struct txn_note *note)
{
    struct arena arena;
    struct msg msg;

    if (note->reply) {
        leg_read_answer(d, note->reply);
        return;
    }
    arena_init(&arena, MEM_MESSAGE, 4096);
    if (msg_parse(note->bytes, &msg_default_limits, &arena, &msg, NULL) == ERR_OK)
        leg_read_answer(d, &msg);
    arena_free(&arena);
}

static void dialog_answered(struct dialog *d, const struct txn_note *note)
{
    struct txn *t = note->txn;

    if (d->state >= DIALOG_ANSWERED)
        return;
    if (d->state == DIALOG_EARLY)
        dialog_count(STAT_EARLY, -1);
    d->state = DIALOG_ANSWERED;
    d->started_us = clock_unix_us();
    dialog_text_set(&d->leg[DIALOG_CALLEE].tag, note->to_tag);
    read_answer(d, note);
    if (note->branch >= 0 && note->branch < t->n_branches)
        d->leg[DIALOG_CALLEE].socket = t->branches[note->branch]->to.local;
    else
        d->leg[DIALOG_CALLEE].socket = t->from.local;
    dialog_count(STAT_ACTIVE, 1);
    dialog_count(STAT_PROCESSED, 1);
    dialog_restart(d);
    dialog_keepalive_set(d);
    dialog_notify(d, (struct dialog_note){ .event = DIALOG_ON_ANSWERED,
                                           .call = note->call,
                                           .txn = t,
                                           .reply = note->reply,
                                           .status = note->status });
    dialog_changed(d);
    dialog_event_run(d, "dialog:start", NULL, t, note->status);
}

void dialog_acknowledged(struct dialog *d, struct call *c)
{
    if (d->state != DIALOG_ANSWERED)
        return;
    d->state = DIALOG_CONFIRMED;
    if (d->no_ack) {
        d->no_ack = false;
        dialog_restart(d);
    }
    dialog_timers_set(d);
    dialog_notify(d, (struct dialog_note){ .event = DIALOG_ON_CONFIRMED, .call = c });
    dialog_changed(d);
}

void dialog_failed(struct dialog *d, const struct txn_note *note)
{
    if (d->state >= DIALOG_ANSWERED)
        return;
    dialog_over(d);
    dialog_count(STAT_FAILED, 1);
    dialog_notify(d, (struct dialog_note){ .event = DIALOG_ON_FAILED,
                                           .call = note ? note->call : NULL,
                                           .txn = note ? note->txn : NULL,
                                           .reply = note ? note->reply : NULL,
                                           .status = note ? note->status : 0 });
    dialog_event_run(d, "dialog:failed", NULL, note ? note->txn : NULL, note ? note->status : 408);
    if (!dialog_conf_now()->wait_ack)
        dialog_forget(d);
}

/* On a coroutine, as those who are told expect it. */
static void fail_late(void *arg)
{
    struct dialog *d = arg;

    dialog_failed(d, NULL);
    dialog_forget(d);
    obj_drop(d);
}

static void invite_gone(struct dialog *d)
{
    d->txn = NULL;
    if (d->started_us || !dialog_is_stored(d))
        return;
    if (d->state < DIALOG_ANSWERED && !dialogs_dirty()->stopping)
        co_spawn(fail_late, obj_hold(d)); /* it was never answered */
    else
        dialog_forget(d);
}

static void on_invite(const struct txn_note *note, void *arg)
{
    struct dialog *d = arg;

    switch (note->event) {
    case TXN_RESPONSE_IN: dialog_cseq_reply(d, note); break;
    case TXN_RESPONSE_READY:
        dialog_notify(d, (struct dialog_note){ .event = DIALOG_ON_REPLYING,
                                               .call = note->call,
                                               .txn = note->txn,
                                               .reply = note->reply,
                                               .status = note->status });
        break;
    case TXN_RESPONSE_OUT:
        if (note->status > 100 && note->status < 200)
            early(d, note);
        else if (note->status >= 200 && note->status < 300)
            dialog_answered(d, note);
        break;
    case TXN_FINAL:
        if (note->status >= 300)
            dialog_failed(d, note);
        break;
    case TXN_E2E_ACK_IN: dialog_acknowledged(d, note->call); break;
    case TXN_DESTROYED: invite_gone(d); break;
    default: break;
    }
}

/* ---- every transaction ---- */

static bool is_flagged(const struct call *c, const struct dialog_conf *conf)
{
    return conf->dlg_flag >= 0 && c->flags & 1u << conf->dlg_flag;
}

static void on_any(const struct txn_note *note, void *arg)
{
    struct txn *t = note->txn;
    struct call *c = note->call;
    const struct dialog_conf *conf = generation_conf(t->gen, &module_dialog);
    struct dialog_run *run;

    (void)arg;
    if (!conf || !c || t->txn_flags & TXN_LOCAL)
        return;
    run = c->module_data[dialog_run_slot()];
    if (is_initial(c)) {
        if ((!run || !run->dialog) && is_flagged(c, conf))
            manage_initial(c, conf);
        run = c->module_data[dialog_run_slot()];
        if (run && run->begun) {
            int64_t timeout = timeout_of(c, conf);

            if (timeout > 0 && timeout <= INT32_MAX)
                run->own->lifetime_s = (int32_t)timeout;
            attach(run->own, t);
        }
    } else if (run && run->within) {
        dialog_watch_within(t, run->own);
    }
}

void dialog_track_start(void)
{
    txn_watch_all(TXN_REQUEST_IN, on_any, NULL);
    rr_on_loose_route(dialog_on_loose_route);
}
