/* SPDX-License-Identifier: BSD-2-Clause */
/* The script functions that work on the dialog at hand. */
#include "modules/dialog/funcs.h"
#include "base/log.h"
#include "modules/dialog/inner.h"
#include "modules/dialog/lookup.h"

/* What is done on the dialog's home, which dlg_get() may have made another worker. */
struct deed {
    struct call *call;
    const struct profile *profile;
    struct str text[4];
    int64_t number;
    int result;
};

static int on_dialog(struct dialog *d, void (*fn)(struct dialog *d, void *arg), struct deed *deed)
{
    if (!d)
        return SCRIPT_FALSE;
    deed->result = SCRIPT_FALSE;
    return dialog_at_home(d, fn, deed) == ERR_OK ? deed->result : SCRIPT_FALSE;
}

static int failed(struct call *c, err_t e)
{
    if (e == ERR_OK)
        return SCRIPT_TRUE;
    c->error = e;
    return SCRIPT_FALSE;
}

int dlg_manage(struct call *c)
{
    return dialog_manage(c);
}

int is_known_dlg(struct call *c)
{
    return dialog_of(c) ? SCRIPT_TRUE : SCRIPT_FALSE;
}

/* ---- profiles ---- */

static const struct profile *profile_named(struct call *c, struct str name)
{
    const struct dialog_conf *conf = call_conf(c, &module_dialog);
    const struct profile *p = profile_find(&conf->profiles, name);

    if (!p)
        log_error(AREA, "there is no profile \"" STR_FMT "\"", STR_ARG(name));
    return p;
}

static void join_here(struct dialog *d, void *arg)
{
    struct deed *x = arg;

    profile_add(x->profile, d, x->text[0].p ? x->text[0] : STR(""));
    x->result = SCRIPT_TRUE;
}

static void leave_here(struct dialog *d, void *arg)
{
    struct deed *x = arg;

    x->result = profile_remove(x->profile, d, x->text[0]) ? SCRIPT_TRUE : SCRIPT_FALSE;
}

static void look_here(struct dialog *d, void *arg)
{
    struct deed *x = arg;

    x->result = profile_has(x->profile, d, x->text[0]) ? SCRIPT_TRUE : SCRIPT_FALSE;
}

static int with_profile(struct call *c, const struct profile_args *a,
                        void (*fn)(struct dialog *d, void *arg))
{
    struct deed x = { .profile = profile_named(c, a->profile), .text = { a->value } };

    return x.profile ? on_dialog(dialog_or_pending(c), fn, &x) : SCRIPT_FALSE;
}

int set_dlg_profile(struct call *c, const struct profile_args *a)
{
    return with_profile(c, a, join_here);
}
int unset_dlg_profile(struct call *c, const struct profile_args *a)
{
    return with_profile(c, a, leave_here);
}
int is_in_profile(struct call *c, const struct profile_args *a)
{
    return with_profile(c, a, look_here);
}

int get_profile_size(struct call *c, const struct size_args *a)
{
    const struct profile *p = profile_named(c, a->profile);
    struct str value = a->size && a->value ? format_eval(c, a->value) : STR_NONE;
    const struct var_ref *into = a->size ? a->size : a->only;
    struct value n;

    if (!p || !into)
        return SCRIPT_FALSE;
    n = VALUE_OF_INT(profile_size(p, value));
    return failed(c, var_set(c, into, &n));
}

err_t prepare_profile_size(struct load *l, void *args)
{
    struct size_args *a = args;
    err_t e;

    if (a->size || !a->value)
        return ERR_OK;
    e = load_var(l, format_text(a->value), &a->only);
    if (e == ERR_OK && a->only && !var_is_writable(a->only)) {
        load_fault(l, "size", "a variable that can be set is expected");
        e = ERR_SYNTAX;
    }
    return e;
}

int dlg_remote_profile(struct call *c, const struct remote_args *a)
{
    const struct profile *p = profile_named(c, a->profile);
    struct str value = a->value.n ? a->value : STR("");

    if (!p)
        return SCRIPT_FALSE;
    if (a->cmd == 0)
        return failed(c, profile_remote_add(p, value, a->uid, a->expires));
    return failed(c, profile_remote_remove(p, value, a->uid));
}

/* ---- flags, properties, time ---- */

static void set_flag(struct dialog *d, void *arg)
{
    struct deed *x = arg;

    d->flags |= 1u << x->number;
    dialog_changed(d);
    x->result = SCRIPT_TRUE;
}
static void reset_flag(struct dialog *d, void *arg)
{
    struct deed *x = arg;

    d->flags &= ~(1u << x->number);
    dialog_changed(d);
    x->result = SCRIPT_TRUE;
}
static void test_flag(struct dialog *d, void *arg)
{
    struct deed *x = arg;

    x->result = d->flags & 1u << x->number ? SCRIPT_TRUE : SCRIPT_FALSE;
}

int dlg_setflag(struct call *c, const struct flag_args *a)
{
    return on_dialog(dialog_or_pending(c), set_flag, &(struct deed){ .number = a->flag });
}
int dlg_resetflag(struct call *c, const struct flag_args *a)
{
    return on_dialog(dialog_or_pending(c), reset_flag, &(struct deed){ .number = a->flag });
}
int dlg_isflagset(struct call *c, const struct flag_args *a)
{
    return on_dialog(dialog_or_pending(c), test_flag, &(struct deed){ .number = a->flag });
}

static uint32_t property(int name)
{
    static const uint32_t bits[] = { IFLAG_KA_CALLER, IFLAG_KA_CALLEE, IFLAG_TIMEOUT_NORESET };

    return bits[name];
}

static void set_property(struct dialog *d, void *arg)
{
    struct deed *x = arg;
    uint32_t bit = property((int)x->number);

    if (x->text[0].n)
        d->iflags |= bit;
    else
        d->iflags &= ~bit;
    if (bit != IFLAG_TIMEOUT_NORESET && (!x->text[0].n || !timer_is_set(&d->alive)))
        dialog_keepalive_set(d);
    dialog_changed(d);
    x->result = SCRIPT_TRUE;
}

int dlg_set_property(struct call *c, const struct property_args *a)
{
    struct deed x = { .number = a->attr, .text = { STR("on") } };

    return on_dialog(dialog_or_pending(c), set_property, &x);
}
int dlg_reset_property(struct call *c, const struct property_args *a)
{
    return on_dialog(dialog_or_pending(c), set_property, &(struct deed){ .number = a->attr });
}

static void set_timeout(struct dialog *d, void *arg)
{
    struct deed *x = arg;

    dialog_set_lifetime(d, x->number);
    x->result = SCRIPT_TRUE;
}

int dlg_set_timeout(struct call *c, const struct timeout_args *a)
{
    struct deed x = { .number = a->timeout };
    struct dialog *d;
    int ret;

    if (a->h_entry < 0 || a->h_id < 0)
        return on_dialog(dialog_or_pending(c), set_timeout, &x);
    d = lookup_id((uint32_t)a->h_entry, (uint32_t)a->h_id);
    ret = on_dialog(d, set_timeout, &x);
    obj_drop(d);
    return ret;
}

static bool set_if_member(struct dialog *d, void *arg)
{
    struct deed *x = arg;

    if (profile_has(x->profile, d, x->text[0]))
        set_timeout(d, x);
    return true;
}

static err_t timeout_of_members(void *arg)
{
    dialogs_each(set_if_member, arg);
    return ERR_OK;
}

int dlg_set_timeout_by_profile(struct call *c, const struct profile_timeout_args *a)
{
    struct deed x = { .profile = profile_named(c, a->profile), .result = SCRIPT_TRUE };
    struct str seconds = a->timeout.p ? a->timeout : a->value;

    if (a->timeout.p)
        x.text[0] = a->value;
    if (!x.profile || str_to_i64(seconds, &x.number) != ERR_OK || x.number < 0)
        return SCRIPT_FALSE;
    return failed(c, workers_each(timeout_of_members, &x));
}

/* ---- state ---- */

static void set_state(struct dialog *d, void *arg)
{
    struct deed *x = arg;

    if (x->number == DIALOG_ENDED)
        dialog_over(d);
    else
        dialog_acknowledged(d, x->call);
    x->result = SCRIPT_TRUE;
}

int dlg_set_state(struct call *c, const struct state_args *a)
{
    static const int64_t states[] = { DIALOG_CONFIRMED, DIALOG_CONFIRMED, DIALOG_CONFIRMED,
                                      DIALOG_ENDED,     DIALOG_ENDED,     DIALOG_ENDED };
    struct deed x = { .call = c, .number = states[a->state] };

    return on_dialog(dialog_of(c), set_state, &x);
}

/* Takes notice of the message at hand, where no callback did: dlg_manage() for replies too. */
int dlg_update_state(struct call *c)
{
    if (c->msg->request)
        return dialog_manage(c);
    return dialog_of(c) ? SCRIPT_TRUE : SCRIPT_FALSE;
}

/* ---- the message follows the dialog, or the dialog the message ---- */

static void find_target(struct dialog *d, void *arg)
{
    struct deed *x = arg;
    const struct dialog_run *run = dialog_run(x->call);
    const struct dialog_leg *leg = &d->leg[run->upstream ? DIALOG_CALLER : DIALOG_CALLEE];

    if (leg->contact.n)
        x->text[0] = arena_dup(x->call->arena, leg->contact);
    x->result = leg->contact.n ? SCRIPT_TRUE : SCRIPT_FALSE;
}

int dlg_set_ruri(struct call *c)
{
    struct deed x = { .call = c };
    int found = on_dialog(dialog_of(c), find_target, &x);
    const struct dialog_conf *conf = call_conf(c, &module_dialog);
    struct value uri;

    if (found != SCRIPT_TRUE || !c->msg->request)
        return SCRIPT_FALSE;
    uri = VALUE_OF_STR(x.text[0]);
    return failed(c,
                  conf->ruri_pvar ? var_set(c, conf->ruri_pvar, &uri) : call_set_uri(c, x.text[0]));
}

static enum dialog_side side_of(struct call *c)
{
    bool upstream = dialog_run(c)->upstream;

    if (!c->msg->request) /* a reply comes from the other one */
        upstream = !upstream;
    return upstream ? DIALOG_CALLEE : DIALOG_CALLER;
}

int dlg_update_contact(struct call *c)
{
    struct dialog *d = dialog_of(c);

    if (!d || d->home != worker_self())
        return SCRIPT_FALSE;
    leg_refresh_contact(d, side_of(c), c->msg);
    return SCRIPT_TRUE;
}

int dlg_update_socket(struct call *c)
{
    struct dialog *d = dialog_of(c);

    if (!d || d->home != worker_self() || !c->from.local)
        return SCRIPT_FALSE;
    d->leg[side_of(c)].socket = c->from.local;
    dialog_changed(d);
    return SCRIPT_TRUE;
}
