/* SPDX-License-Identifier: BSD-2-Clause */
/* The variables of a dialog, and what of it scripts can read and set. */
#include "base/clock.h"
#include "modules/dialog/inner.h"

static struct dialog_value **place_of(struct dialog *d, struct str name)
{
    struct dialog_value **at = &d->vars;

    while (*at && !str_eq((*at)->name, name))
        at = &(*at)->next;
    return at;
}

struct str dialog_var(const struct dialog *d, struct str name)
{
    const struct dialog_value *v = *place_of((struct dialog *)(uintptr_t)d, name);

    return v ? (v->value.p ? v->value : STR("")) : STR_NONE;
}

void dialog_set_var(struct dialog *d, struct str name, struct str value)
{
    struct dialog_value **at = place_of(d, name), *v = *at;

    if (!value.p) {
        if (!v)
            return;
        *at = v->next;
        dialog_text_set(&v->value, STR_NONE);
        mem_free(MEM_DIALOG, v);
    } else {
        if (!v) { /* newest first, as lists show them */
            v = mem_alloc(MEM_DIALOG, sizeof *v + name.n);
            memcpy(v->space, name.p, name.n);
            *v = (struct dialog_value){ d->vars, { v->space, name.n }, STR_NONE };
            d->vars = v;
        }
        dialog_text_set(&v->value, value);
    }
    d->vars_changed = true;
    dialog_changed(d);
}

/* ---- reading and setting on the dialog's home ---- */

struct access {
    const struct var_ref *at;
    struct str key;
    struct arena *arena;
    struct value *out;
    const struct value *in;
};

static struct str own(const struct access *x, struct str s)
{
    return s.p ? arena_dup(x->arena, s) : s;
}

static void read_var(struct dialog *d, void *arg)
{
    struct access *x = arg;
    struct str s = dialog_var(d, x->key);

    *x->out = s.p ? VALUE_OF_STR(own(x, s)) : VALUE_NONE;
}

static err_t get_dlg_var(struct call *c, const struct var_ref *at, struct value *out)
{
    struct dialog *d = dialog_of(c);
    struct access x = { at, var_key(c, at), c->arena, out, NULL };

    *out = VALUE_NONE;
    if (!d)
        d = dialog_run(c)->kept;
    return d ? dialog_at_home(d, read_var, &x) : ERR_OK;
}

static void write_var(struct dialog *d, void *arg)
{
    const struct access *x = arg;

    dialog_set_var(d, x->key, x->in->type == VALUE_NULL ? STR_NONE : value_text(x->in, x->arena));
}

static err_t set_dlg_var(struct call *c, const struct var_ref *at, const struct value *in)
{
    struct access x = { at, var_key(c, at), c->arena, NULL, in };

    return dialog_at_home(dialog_or_pending(c), write_var, &x);
}

/* ---- $dlg(name) ---- */

enum attribute {
    AT_ENTRY,
    AT_ID,
    AT_REF,
    AT_STATE,
    AT_LIFETIME,
    AT_START,
    AT_FLAGS,
    AT_SFLAGS,
    AT_TOROUTE,
    AT_CALL_ID,
    AT_TO_URI,
    AT_FROM_URI,
    AT_TO_TAG,
    AT_FROM_TAG,
    AT_TO_CSEQ,
    AT_FROM_CSEQ,
    AT_TO_RS,
    AT_FROM_RS,
    AT_TO_CONTACT,
    AT_FROM_CONTACT,
    AT_TO_SOCKET,
    AT_FROM_SOCKET,
};
static const struct attribute_name {
    struct str name;
    enum attribute what;
} attributes[] = {
    { STR_INIT("h_entry"), AT_ENTRY },
    { STR_INIT("h_id"), AT_ID },
    { STR_INIT("ref"), AT_REF },
    { STR_INIT("state"), AT_STATE },
    { STR_INIT("lifetime"), AT_LIFETIME },
    { STR_INIT("start_ts"), AT_START },
    { STR_INIT("dflags"), AT_FLAGS },
    { STR_INIT("sflags"), AT_SFLAGS },
    { STR_INIT("toroute"), AT_TOROUTE },
    { STR_INIT("callid"), AT_CALL_ID },
    { STR_INIT("to_uri"), AT_TO_URI },
    { STR_INIT("from_uri"), AT_FROM_URI },
    { STR_INIT("to_tag"), AT_TO_TAG },
    { STR_INIT("from_tag"), AT_FROM_TAG },
    { STR_INIT("to_cseq"), AT_TO_CSEQ },
    { STR_INIT("from_cseq"), AT_FROM_CSEQ },
    { STR_INIT("to_rs"), AT_TO_RS },
    { STR_INIT("from_rs"), AT_FROM_RS },
    { STR_INIT("to_contact"), AT_TO_CONTACT },
    { STR_INIT("from_contact"), AT_FROM_CONTACT },
    { STR_INIT("to_bindaddr"), AT_TO_SOCKET },
    { STR_INIT("from_bindaddr"), AT_FROM_SOCKET },
};

static int64_t number_of(const struct dialog *d, enum attribute what)
{
    switch (what) {
    case AT_ENTRY: return d->entry;
    case AT_ID: return d->id;
    case AT_REF: return obj_refs(d);
    case AT_STATE: return d->state;
    case AT_LIFETIME: return d->lifetime_s;
    case AT_START: return d->started_us / 1000000;
    case AT_SFLAGS: return d->flags;
    case AT_TOROUTE: return d->timeout_route.n ? 1 : 0;
    default: return 0;
    }
}

static struct str text_of(const struct dialog *d, enum attribute what)
{
    const struct dialog_leg *leg = &d->leg[(what - AT_TO_URI) % 2 ? DIALOG_CALLER : DIALOG_CALLEE];

    switch (what) {
    case AT_CALL_ID: return d->call_id;
    case AT_TO_URI: return d->uri[DIALOG_CALLEE];
    case AT_FROM_URI: return d->uri[DIALOG_CALLER];
    case AT_TO_TAG:
    case AT_FROM_TAG: return leg->tag;
    case AT_TO_RS:
    case AT_FROM_RS: return leg->routes;
    case AT_TO_CONTACT:
    case AT_FROM_CONTACT: return leg->contact;
    default: return leg->socket ? leg->socket->text : STR_NONE;
    }
}

static void read_attribute(struct dialog *d, void *arg)
{
    struct access *x = arg;
    enum attribute what = ((const struct attribute_name *)x->at->prepared)->what;
    struct str s;

    *x->out = VALUE_NONE;
    if (what < AT_CALL_ID) {
        *x->out = VALUE_OF_INT(number_of(d, what));
    } else if (what == AT_TO_CSEQ || what == AT_FROM_CSEQ) {
        const struct dialog_leg *leg = &d->leg[what == AT_TO_CSEQ ? DIALOG_CALLEE : DIALOG_CALLER];
        if (what == AT_FROM_CSEQ || d->started_us)
            *x->out = VALUE_OF_STR(arena_fmt(x->arena, "%u", leg->cseq));
    } else {
        s = text_of(d, what);
        if (s.p)
            *x->out = VALUE_OF_STR(own(x, s));
    }
}

static err_t get_dlg(struct call *c, const struct var_ref *at, struct value *out)
{
    struct dialog *d = dialog_of(c);
    struct access x = { at, STR_NONE, c->arena, out, NULL };

    *out = VALUE_NONE;
    return d ? dialog_at_home(d, read_attribute, &x) : ERR_OK;
}

static err_t prepare_dlg(struct load *l, const struct var_ref *at, const void **prepared)
{
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++) {
        if (str_eq(attributes[i].name, at->key)) {
            *prepared = &attributes[i];
            return ERR_OK;
        }
    }
    load_fault(l, NULL, "$dlg has no \"" STR_FMT "\": expected state, callid, from_uri, to_tag …",
               STR_ARG(at->key));
    return ERR_SYNTAX;
}

/* ---- $dlg_ctx(name) ---- */

enum context { CTX_ON, CTX_TIMEOUT, CTX_ROUTE, CTX_ROUTE_ID, CTX_BYE, CTX_SET, CTX_DIR };
static const struct context_name {
    struct str name;
    enum context what;
} contexts[] = {
    { STR_INIT("on"), CTX_ON },
    { STR_INIT("timeout"), CTX_TIMEOUT },
    { STR_INIT("timeout_route"), CTX_ROUTE },
    { STR_INIT("timeout_route_id"), CTX_ROUTE_ID },
    { STR_INIT("timeout_bye"), CTX_BYE },
    { STR_INIT("set"), CTX_SET },
    { STR_INIT("dir"), CTX_DIR },
};

static void read_context(struct dialog *d, void *arg)
{
    struct access *x = arg;

    switch (((const struct context_name *)x->at->prepared)->what) {
    case CTX_TIMEOUT: *x->out = VALUE_OF_INT(d->lifetime_s < 0 ? 0 : d->lifetime_s); break;
    case CTX_ROUTE:
        *x->out = d->timeout_route.n ? VALUE_OF_STR(own(x, d->timeout_route)) : VALUE_NONE;
        break;
    case CTX_ROUTE_ID: *x->out = VALUE_OF_INT(d->timeout_route.n ? 1 : 0); break;
    case CTX_BYE: *x->out = VALUE_OF_INT(d->iflags & IFLAG_TIMEOUT_BYE ? 1 : 0); break;
    default: break;
    }
}

static err_t get_dlg_ctx(struct call *c, const struct var_ref *at, struct value *out)
{
    struct dialog *d = dialog_of(c);
    const struct dialog_run *run = dialog_run(c);
    struct access x = { at, STR_NONE, c->arena, out, NULL };

    *out = VALUE_OF_INT(0);
    switch (((const struct context_name *)at->prepared)->what) {
    case CTX_ON:
    case CTX_SET: *out = VALUE_OF_INT(d ? 1 : 0); return ERR_OK;
    case CTX_DIR: *out = VALUE_OF_INT(!d ? 0 : run->upstream ? 2 : 1); return ERR_OK;
    default: break;
    }
    if (!d)
        d = run->kept;
    return d ? dialog_at_home(d, read_context, &x) : ERR_OK;
}

static void write_context(struct dialog *d, void *arg)
{
    const struct access *x = arg;

    switch (((const struct context_name *)x->at->prepared)->what) {
    case CTX_TIMEOUT:
        if (value_number(x->in) > 0)
            dialog_set_lifetime(d, value_number(x->in));
        break;
    case CTX_ROUTE:
        dialog_text_set(&d->timeout_route, x->in->type == VALUE_STR ? x->in->s : STR_NONE);
        break;
    case CTX_BYE:
        if (value_number(x->in))
            d->iflags |= IFLAG_TIMEOUT_BYE;
        else
            d->iflags &= ~(uint32_t)IFLAG_TIMEOUT_BYE;
        break;
    default: return;
    }
    dialog_changed(d);
}

static err_t set_dlg_ctx(struct call *c, const struct var_ref *at, const struct value *in)
{
    struct access x = { at, STR_NONE, c->arena, NULL, in };

    return dialog_at_home(dialog_or_pending(c), write_context, &x);
}

static err_t prepare_dlg_ctx(struct load *l, const struct var_ref *at, const void **prepared)
{
    for (size_t i = 0; i < sizeof contexts / sizeof *contexts; i++) {
        if (str_eq(contexts[i].name, at->key)) {
            *prepared = &contexts[i];
            return ERR_OK;
        }
    }
    load_fault(l, NULL,
               "$dlg_ctx has no \"" STR_FMT "\": expected timeout, timeout_route, timeout_bye, "
               "timeout_route_id, on, set or dir",
               STR_ARG(at->key));
    return ERR_SYNTAX;
}

/* ---- $DLG_… ---- */

static err_t get_count(struct call *c, const struct var_ref *at, struct value *out)
{
    (void)c, (void)at;
    *out = VALUE_OF_INT(dialog_counted(STAT_ACTIVE));
    return ERR_OK;
}

static void read_status(struct dialog *d, void *arg)
{
    struct access *x = arg;

    *x->out = d->state < DIALOG_ANSWERED ? VALUE_NONE : VALUE_OF_INT(d->state);
}

static void read_duration(struct dialog *d, void *arg)
{
    struct access *x = arg;
    int64_t end = d->ended_us ? d->ended_us : clock_unix_us();

    *x->out = VALUE_OF_INT(d->started_us ? (end - d->started_us) / 1000000 : 0);
}

static err_t get_status(struct call *c, const struct var_ref *at, struct value *out)
{
    struct dialog *d = dialog_of(c);
    struct access x = { at, STR_NONE, c->arena, out, NULL };

    *out = VALUE_NONE;
    return d ? dialog_at_home(d, at->var->tag ? read_duration : read_status, &x) : ERR_OK;
}

const struct variable dialog_variables[] = {
    { .name = "DLG_count", .doc = "How many dialogs are answered and not over.", .get = get_count },
    { .name = "DLG_status",
      .doc =
          "State of the dialog once it is answered: 3 before its ACK, 4 after, 5 when it is over.",
      .get = get_status },
    { .name = "DLG_lifetime",
      .doc = "Seconds since the dialog was answered.",
      .get = get_status,
      .tag = 1 },
    { .name = "dlg",
      .doc = "What is known of the dialog: h_entry, h_id, ref, state, lifetime, start_ts, dflags, "
             "sflags, toroute, callid, and (to_ or from_) uri, tag, cseq, rs, contact, bindaddr.",
      .get = get_dlg,
      .key = true,
      .prepare = prepare_dlg,
      .differs = "dflags is always 0, and toroute 1 where a route is set" },
    { .name = "dlg_ctx",
      .doc = "Settings of the dialog, also before there is one: timeout (seconds), timeout_route "
             "(name), timeout_bye; and timeout_route_id, on, set, dir (1 from the caller, 2 from "
             "the callee) to read.",
      .get = get_dlg_ctx,
      .set = set_dlg_ctx,
      .key = true,
      .prepare = prepare_dlg_ctx },
    { .name = "dlg_var",
      .doc = "A variable of the dialog, kept until it is over; may be set before there is one.",
      .get = get_dlg_var,
      .set = set_dlg_var,
      .key = true },
    { 0 },
};
