/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A record of each call when it is over. Begin, end and duration are variables of its dialog too,
 * so that they outlive a restart with it.
 */
#include "base/clock.h"
#include "base/log.h"
#include "modules/acc/record.h"
#include "modules/dialog/dialog.h"

enum { CDR_PAIRS = 3 + ACC_EXTRA_MAX };

static struct str seconds_text(struct arena *a, int64_t us)
{
    return arena_fmt(a, "%lld.%03lld", (long long)(us / 1000000), (long long)(us / 1000 % 1000));
}

static void set_time(struct dialog *d, struct str name, int64_t us)
{
    struct arena a;

    arena_init(&a, MEM_MODULE, 128);
    dialog_set_var(d, name, seconds_text(&a, us));
    arena_free(&a);
}

/* Microseconds of "1795211716.620"; 0 for what is no time. */
static int64_t time_of(struct str text)
{
    struct str rest = text, whole = str_split(&rest, '.');
    int64_t s = 0, ms = 0;

    if (str_to_i64(whole, &s) != ERR_OK || s < 0 || s > INT32_MAX * INT64_C(8))
        return 0;
    if (rest.n != 3 || str_to_i64(rest, &ms) != ERR_OK)
        ms = 0;
    return s * 1000000 + ms * 1000;
}

/* ---- writing ---- */

struct cdr {
    const struct acc_conf *conf;
    struct dialog *dialog;
    int64_t begin_us, end_us;
    bool dialog_only; /* there is no message: only variables of the dialog have values */
};

/* Those of the dialog are read from it: no message is needed, and none could name it. */
static struct str value_of(struct call *c, const struct cdr *x, const struct var_ref *var,
                           bool *null)
{
    struct str s;

    if (strcmp(var->var->name, "dlg_var") == 0 && !var->key_format && !var->transforms) {
        s = dialog_var(x->dialog, var->key);
        *null = !s.p;
        return s.p ? s : STR("");
    }
    *null = true;
    return c && !x->dialog_only ? acc_text_of(c, var, null) : STR("");
}

static struct str when(struct call *c, const struct acc_conf *conf, struct arena *a, int64_t us)
{
    if (c && (conf->time_mode == TIME_AS_LOCAL || conf->time_mode == TIME_AS_UTC))
        return acc_time_text(c, conf, us / 1000000, conf->time_mode == TIME_AS_UTC);
    return seconds_text(a, us);
}

/* 0.301; a whole zero without digits behind it. */
static struct str duration_text(struct arena *a, int64_t us)
{
    return us < 1000 ? STR("0") : seconds_text(a, us);
}

static void write_log(struct call *c, const struct cdr *x, struct arena *a)
{
    const struct acc_conf *conf = x->conf;
    struct buf b;
    bool null;

    buf_init(&b, MEM_MODULE);
    buf_fmt(&b, STR_FMT "=" STR_FMT "; " STR_FMT "=" STR_FMT "; " STR_FMT "=" STR_FMT,
            STR_ARG(conf->cdr_start_id), STR_ARG(when(c, conf, a, x->begin_us)),
            STR_ARG(conf->cdr_end_id), STR_ARG(when(c, conf, a, x->end_us)),
            STR_ARG(conf->cdr_duration_id), STR_ARG(duration_text(a, x->end_us - x->begin_us)));
    for (size_t i = 0; i < conf->cdr_extras.n; i++) {
        const struct acc_extra *extra = &conf->cdr_extras.list[i];

        buf_fmt(&b, "; " STR_FMT "=" STR_FMT, STR_ARG(extra->name),
                STR_ARG(value_of(c, x, extra->var, &null)));
    }
    log_at((enum log_level)conf->log_level, "acc", STR_FMT, STR_ARG(buf_str(&b)));
    buf_free(&b);
}

static struct db_pair time_pair(struct call *c, const struct acc_conf *conf, struct arena *a,
                                struct str column, int64_t us)
{
    bool as_text = c && (conf->time_mode == TIME_AS_LOCAL || conf->time_mode == TIME_AS_UTC);

    return (struct db_pair){ .column = column,
                             .value = as_text ? DB_OF_STR(when(c, conf, a, us))
                                              : DB_OF_TIME(us / 1000000) };
}

static void write_db(struct call *c, const struct cdr *x, struct arena *a)
{
    const struct acc_conf *conf = x->conf;
    int64_t duration_ms = (x->end_us - x->begin_us) / 1000;
    struct db_pair row[CDR_PAIRS];
    size_t n = 0;

    row[n++] = time_pair(c, conf, a, conf->cdr_start_id, x->begin_us);
    row[n++] = time_pair(c, conf, a, conf->cdr_end_id, x->end_us);
    row[n++] = (struct db_pair){
        .column = conf->cdr_duration_id,
        .value = { .type = DB_DOUBLE, .d = (double)duration_ms / 1e3 },
    };
    for (size_t i = 0; i < conf->cdr_extras.n; i++) {
        const struct acc_extra *extra = &conf->cdr_extras.list[i];
        bool null;

        row[n] = (struct db_pair){ .column = extra->name,
                                   .value = DB_OF_STR(value_of(c, x, extra->var, &null)) };
        if (null && conf->cdr_extra_nullable)
            row[n].value.type = DB_NULL;
        n++;
    }
    acc_insert(conf, conf->cdrs_table, row, n);
}

static void write_here(struct call *c, void *arg)
{
    const struct cdr *x = arg;
    struct arena a;

    arena_init(&a, MEM_MODULE, 512);
    if (x->conf->cdr_log_enable)
        write_log(c, x, &a);
    if (x->conf->cdrs_table.n && x->conf->db_url.n)
        write_db(c, x, &a);
    arena_free(&a);
}

/* ---- what dialogs tell ---- */

static void over(const struct dialog_note *note, const struct acc_conf *conf)
{
    struct dialog *d = note->dialog;
    struct cdr x = { .conf = conf, .dialog = d };
    struct arena a;

    if (conf->cdr_skip.n && dialog_var(d, conf->cdr_skip).p)
        return;
    x.begin_us = time_of(dialog_var(d, conf->cdr_start_id));
    x.end_us = dialog_ended_us(d) ? dialog_ended_us(d) : clock_unix_us();
    if (!x.begin_us || x.begin_us > x.end_us)
        x.begin_us = x.end_us;
    if (note->event == DIALOG_ON_FAILED && !dialog_started_us(d))
        x.end_us = x.begin_us;
    arena_init(&a, MEM_MODULE, 128);
    set_time(d, conf->cdr_end_id, x.end_us);
    dialog_set_var(d, conf->cdr_duration_id, duration_text(&a, x.end_us - x.begin_us));
    arena_free(&a);
    if (note->event == DIALOG_ON_FAILED && note->txn) {
        txn_with_request(note->txn, write_here, &x);
        return;
    }
    x.dialog_only = !note->call;
    write_here(note->call, &x);
}

static void on_dialog(const struct dialog_note *note, void *arg)
{
    const struct acc_conf *conf = current_conf(&module_acc);

    (void)arg;
    if (!conf || !conf->cdr_enable)
        return;
    switch (note->event) {
    case DIALOG_ON_CREATED:
        set_time(note->dialog, conf->cdr_start_id, dialog_created_us(note->dialog));
        break;
    case DIALOG_ON_CONFIRMED:
        if (conf->cdr_start_on_confirmed)
            set_time(note->dialog, conf->cdr_start_id, clock_unix_us());
        break;
    case DIALOG_ON_TERMINATED: over(note, conf); break;
    case DIALOG_ON_EXPIRED:
        if (conf->cdr_expired_dlg_enable)
            over(note, conf);
        break;
    case DIALOG_ON_FAILED:
        if (conf->cdr_on_failed)
            over(note, conf);
        break;
    default: break;
    }
}

void acc_cdr_start(void)
{
    dialog_watch_all(DIALOG_ON_CREATED | DIALOG_ON_CONFIRMED | DIALOG_ON_TERMINATED |
                         DIALOG_ON_EXPIRED | DIALOG_ON_FAILED,
                     on_dialog, NULL);
}
