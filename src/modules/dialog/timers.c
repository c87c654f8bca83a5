/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a dialog ends by itself. One timer, on the worker's wheel, means what the state makes of it:
 * no answer (early_timeout), no ACK (noack_timeout), the lifetime, or the last memory of one that
 * is over (end_timeout). A second one sends keep-alives.
 */
#include "base/clock.h"
#include "base/log.h"
#include "modules/dialog/inner.h"

enum { SECOND = 1000, LAST_SECONDS = 10, KA_LEAST_S = 30 };

void dialog_timers_stop(struct dialog *d)
{
    timer_cancel(&d->life);
    timer_cancel(&d->alive);
}

bool dialog_over(struct dialog *d)
{
    enum dialog_state before = d->state;

    if (before == DIALOG_ENDED)
        return false;
    if (before == DIALOG_EARLY)
        dialog_count(STAT_EARLY, -1);
    if (before == DIALOG_ANSWERED || before == DIALOG_CONFIRMED)
        dialog_count(STAT_ACTIVE, -1);
    profiles_uncount(d);
    d->state = DIALOG_ENDED;
    d->ended_us = clock_unix_us();
    dialog_timers_stop(d);
    dialog_timers_set(d);
    dialog_changed(d);
    return true;
}

/* dlg_filter_mode 1: a dialog that was read from the database, of an address that is not here. */
static bool is_elsewhere(const struct dialog *d)
{
    return dialog_conf_now()->dlg_filter_mode & FILTER_LOCAL && !d->leg[DIALOG_CALLER].socket &&
           !d->leg[DIALOG_CALLEE].socket;
}

static void expire(struct dialog *d)
{
    bool bye = d->iflags & IFLAG_TIMEOUT_BYE || dialog_conf_now()->send_bye;

    dialog_count(STAT_EXPIRED, 1);
    if (d->timeout_route.n)
        dialog_route_run(d, d->timeout_route);
    dialog_event_run(d, "dialog:timeout", NULL, NULL, 0);
    if (d->state == DIALOG_ENDED) /* the route has ended it */
        return;
    if (d->due_ms > worker_now()) /* or given it more time */
        return;
    dialog_notify(d, (struct dialog_note){ .event = DIALOG_ON_EXPIRED });
    if (bye && dialog_bye(d, BYE_BOTH, STR_NONE) != ERR_OK)
        log_info(AREA, "an expired dialog could not be ended by BYE");
    if (dialog_over(d) || bye)
        dialog_event_run(d, "dialog:end", NULL, NULL, 0);
    if (!d->byes)
        dialog_forget(d);
}

/* Whatever its lifetime is; a sign of life gives it back. */
static void last_seconds(struct dialog *d)
{
    int64_t due = worker_now() + LAST_SECONDS * SECOND;

    if (d->due_ms > due)
        d->due_ms = due;
    dialog_timers_set(d);
    dialog_changed(d);
}

static void no_answer(struct dialog *d)
{
    log_debug(AREA, "a dialog that was never answered is given up");
    dialog_failed(d, NULL);
    dialog_forget(d);
}

static void on_due(void *arg)
{
    struct dialog *d = arg;

    switch (d->state) {
    case DIALOG_UNCONFIRMED:
    case DIALOG_EARLY: no_answer(d); break;
    case DIALOG_ANSWERED:
        if (!d->no_ack && d->due_ms > worker_now() + LAST_SECONDS * SECOND) {
            d->no_ack = true;
            last_seconds(d);
            break;
        }
        /* fall through */
    case DIALOG_CONFIRMED:
        if (d->due_ms > worker_now())
            dialog_timers_set(d);
        else if (!is_elsewhere(d))
            expire(d);
        else
            dialog_forget(d);
        break;
    default: dialog_forget(d); break;
    }
    obj_drop(d);
}

static void on_timer(struct timer *t)
{
    struct dialog *d = LIST_OF(t, struct dialog, life);

    if (!dialogs_dirty()->stopping) /* at the end nothing begins any more */
        co_spawn(on_due, obj_hold(d));
}

static int64_t wait_of(const struct dialog *d, const struct dialog_conf *conf)
{
    int64_t left = d->due_ms - worker_now();

    switch (d->state) {
    case DIALOG_UNCONFIRMED:
    case DIALOG_EARLY: return conf->early_timeout * SECOND;
    case DIALOG_ANSWERED:
        return d->no_ack || left < conf->noack_timeout * SECOND ? left
                                                                : conf->noack_timeout * SECOND;
    case DIALOG_CONFIRMED: return left;
    default: return conf->end_timeout * SECOND;
    }
}

void dialog_timers_set(struct dialog *d)
{
    int64_t ms = wait_of(d, dialog_conf_now());

    if (dialog_is_stored(d))
        timer_set(&d->life, ms > 0 ? ms : 0, on_timer);
}

void dialog_restart(struct dialog *d)
{
    d->due_ms = worker_now() + (int64_t)d->lifetime_s * SECOND;
    dialog_timers_set(d);
}

void dialog_set_lifetime(struct dialog *d, int64_t seconds)
{
    ASSERT(d->home == worker_self());
    if (seconds < 0 || seconds > INT32_MAX)
        seconds = INT32_MAX;
    d->lifetime_s = (int32_t)seconds;
    if (d->state == DIALOG_ANSWERED || d->state == DIALOG_CONFIRMED)
        dialog_restart(d);
    dialog_changed(d);
}

int64_t dialog_due_unix(const struct dialog *d)
{
    return (clock_unix_us() / 1000 + d->due_ms - worker_now() + SECOND / 2) / SECOND;
}

/* ---- keep-alive ---- */

static void on_alive_timer(struct timer *t);

static int64_t alive_ms(const struct dialog_conf *conf)
{
    int64_t step = conf->ka_timer, interval = conf->ka_interval;

    if (interval < KA_LEAST_S)
        interval = KA_LEAST_S;
    if (step < 1)
        step = 1;
    return (interval + step - 1) / step * step * SECOND;
}

/* 408 and 481: the party is gone, or does not know of the call any more. */
static void on_alive_answer(const struct txn_note *note, void *arg)
{
    struct dialog *d = arg;

    if (d->state != DIALOG_CONFIRMED)
        return;
    if (note->status != 408 && note->status != 481) {
        if (d->ka_failures >= dialog_conf_now()->ka_failed_limit)
            dialog_restart(d);
        d->ka_failures = 0;
        return;
    }
    if (d->ka_failures < UINT8_MAX)
        d->ka_failures++;
    if (d->ka_failures < dialog_conf_now()->ka_failed_limit)
        return;
    d->iflags |= IFLAG_TIMEOUT_BYE;
    last_seconds(d);
}

static void ask_side(struct dialog *d, enum dialog_side side)
{
    struct dialog_request r = { .dialog = d,
                                .to = side,
                                .method = STR("OPTIONS"),
                                .same_cseq = true,
                                .fn = on_alive_answer,
                                .arg = obj_hold(d),
                                .release = obj_drop };

    if (dialog_send(&r) != ERR_OK) {
        log_info(AREA, "a keep-alive could not be sent");
        obj_drop(d);
    }
}

static void on_alive(void *arg)
{
    struct dialog *d = arg;

    if (d->state == DIALOG_CONFIRMED && !is_elsewhere(d)) {
        if (d->iflags & IFLAG_KA_CALLER)
            ask_side(d, DIALOG_CALLER);
        if (d->iflags & IFLAG_KA_CALLEE)
            ask_side(d, DIALOG_CALLEE);
    }
    dialog_keepalive_set(d);
    obj_drop(d);
}

static void on_alive_timer(struct timer *t)
{
    if (!dialogs_dirty()->stopping)
        co_spawn(on_alive, obj_hold(LIST_OF(t, struct dialog, alive)));
}

void dialog_keepalive_set(struct dialog *d)
{
    const struct dialog_conf *conf = dialog_conf_now();

    if (conf->ka_timer <= 0 || conf->ka_interval <= 0 || d->state == DIALOG_ENDED ||
        !(d->iflags & (IFLAG_KA_CALLER | IFLAG_KA_CALLEE)) || !dialog_is_stored(d))
        timer_cancel(&d->alive);
    else
        timer_set(&d->alive, alive_ms(conf), on_alive_timer);
}
