/* SPDX-License-Identifier: BSD-2-Clause */
/* The dlg.* control methods. Lists are gathered from the workers, one after the other. */
#include "control/rpc.h"
#include "base/clock.h"
#include "base/regex.h"
#include "modules/dialog/inner.h"
#include "modules/dialog/lookup.h"
#include "modules/dialog/rpc.h"

/* ---- one dialog ---- */

static struct str or_null(struct str s, bool known)
{
    return s.p || known ? s : STR("<null string>");
}

static void put_leg(struct rpc_node *at, const char *name, const struct dialog_leg *leg, bool known)
{
    struct rpc_node *n = rpc_put_struct(at, name);

    rpc_put_str(n, "tag", or_null(leg->tag, known));
    rpc_put_str(n, "contact", or_null(leg->contact, known));
    if (known)
        rpc_put_fmt(n, "cseq", "%u", leg->cseq);
    else
        rpc_put_str(n, "cseq", STR("<null string>"));
    rpc_put_str(n, "route_set", or_null(leg->routes, known));
    rpc_put_str(n, "socket", or_null(leg->socket ? leg->socket->text : STR_NONE, known));
}

static const char *name_of(struct rpc *r, struct str s)
{
    return arena_dup(rpc_arena(r), s).p;
}

static void put_sets(struct rpc *r, struct rpc_node *n, const struct dialog *d)
{
    struct rpc_node *profiles = rpc_put_array(n, "profiles"), *values;

    for (const struct dialog_member *m = d->members; m; m = m->next) {
        if (m->profile->with_value)
            rpc_put_str(rpc_struct(profiles), name_of(r, m->profile->name), m->value);
        else
            rpc_str(profiles, m->profile->name);
    }
    values = rpc_put_array(n, "variables");
    for (const struct dialog_value *v = d->vars; v; v = v->next)
        rpc_put_str(rpc_struct(values), name_of(r, v->name), v->value);
}

static int64_t seconds(int64_t us)
{
    return us / 1000000;
}

static void put_times(struct rpc_node *n, const struct dialog *d)
{
    int64_t end = d->ended_us ? d->ended_us : clock_unix_us();
    int64_t due = d->due_ms && d->started_us ? dialog_due_unix(d) : 0;

    rpc_put_int(n, "start_ts", seconds(d->started_us));
    rpc_put_int(n, "init_ts", seconds(d->created_us));
    rpc_put_int(n, "end_ts", seconds(d->ended_us));
    rpc_put_int(n, "duration", d->started_us ? seconds(end) - seconds(d->started_us) : 0);
    rpc_put_int(n, "timeout", due);
    rpc_put_int(n, "lifetime", d->lifetime_s);
}

static void put_dialog(struct rpc *r, struct dialog *d, bool context)
{
    struct rpc_node *n = rpc_struct(rpc_root(r));

    rpc_put_int(n, "h_entry", d->entry);
    rpc_put_int(n, "h_id", d->id);
    rpc_put_int(n, "ref", obj_refs(d));
    rpc_put_str(n, "call-id", d->call_id);
    rpc_put_str(n, "from_uri", d->uri[DIALOG_CALLER]);
    rpc_put_str(n, "to_uri", d->uri[DIALOG_CALLEE]);
    rpc_put_int(n, "state", d->state);
    put_times(n, d);
    rpc_put_int(n, "dflags", 0);
    rpc_put_int(n, "sflags", d->flags);
    rpc_put_int(n, "iflags", d->iflags);
    put_leg(n, "caller", &d->leg[DIALOG_CALLER], true);
    put_leg(n, "callee", &d->leg[DIALOG_CALLEE], d->started_us != 0);
    put_sets(r, n, d);
    if (context)
        dialog_notify(d, (struct dialog_note){ .event = DIALOG_ON_LISTED, .rpc = n });
}

/* ---- which ones ---- */

enum match_op { OP_EQUAL, OP_REGEX, OP_STARTS, OP_GREATER, OP_LESS };
enum match_key { KEY_RURI, KEY_FURI, KEY_TURI, KEY_CALL_ID, KEY_START };

struct listing {
    struct rpc *rpc;
    bool context;
    const struct profile *profile; /* only those in it */
    struct str value;              /* with this value; STR_NONE: any */
    int key, op;                   /* -1: all */
    struct str text;
    struct regex *regex;
    int64_t number, left;
    const char *attributes; /* of a briefing; NULL: all */
};

static bool is_wanted(const struct listing *x, const struct dialog *d)
{
    struct str s = STR_NONE;

    if (x->profile)
        return profile_has(x->profile, d, x->value);
    switch (x->key) {
    case KEY_RURI: s = d->request_uri; break;
    case KEY_FURI: s = d->uri[DIALOG_CALLER]; break;
    case KEY_TURI: s = d->uri[DIALOG_CALLEE]; break;
    case KEY_CALL_ID: s = d->call_id; break;
    case KEY_START: {
        int64_t at = seconds(d->started_us);

        return x->op == OP_EQUAL     ? at == x->number
               : x->op == OP_GREATER ? at > x->number
                                     : at < x->number;
    }
    default: return true;
    }
    if (x->op == OP_REGEX)
        return regex_match(x->regex, s, NULL, 0) == ERR_OK;
    return x->op == OP_EQUAL ? str_eq(s, x->text) : str_starts(s, x->text);
}

static void put_brief(struct rpc *r, const struct dialog *d, const char *wanted)
{
    struct rpc_node *n = rpc_struct(rpc_root(r));

    rpc_put_int(n, "h_entry", d->entry);
    rpc_put_int(n, "h_id", d->id);
    for (; *wanted; wanted++) {
        switch (*wanted) {
        case 'f': rpc_put_str(n, "from_uri", d->uri[DIALOG_CALLER]); break;
        case 't': rpc_put_str(n, "to_uri", d->uri[DIALOG_CALLEE]); break;
        case 'c': rpc_put_str(n, "call-id", d->call_id); break;
        case 'F': rpc_put_str(n, "from_tag", d->leg[DIALOG_CALLER].tag); break;
        case 'T': rpc_put_str(n, "to_tag", or_null(d->leg[DIALOG_CALLEE].tag, false)); break;
        case 'I': rpc_put_int(n, "init_ts", seconds(d->created_us)); break;
        case 'S': rpc_put_int(n, "start_ts", seconds(d->started_us)); break;
        case 'E': rpc_put_int(n, "end_ts", seconds(d->ended_us)); break;
        case 's': rpc_put_int(n, "state", d->state); break;
        default: break;
        }
    }
}

static bool list_one(struct dialog *d, void *arg)
{
    struct listing *x = arg;

    if (!is_wanted(x, d))
        return true;
    if (x->attributes)
        put_brief(x->rpc, d, x->attributes);
    else
        put_dialog(x->rpc, d, x->context);
    return x->left < 0 || --x->left > 0;
}

static err_t list_here(void *arg)
{
    struct listing *x = arg;

    if (x->left != 0)
        dialogs_each(list_one, x);
    return ERR_OK;
}

static err_t list(struct listing *x)
{
    return workers_each(list_here, x);
}

static err_t dlg_list(struct rpc *r, const void *args)
{
    (void)args;
    return list(&(struct listing){ .rpc = r, .key = -1, .left = -1 });
}
static err_t dlg_list_ctx(struct rpc *r, const void *args)
{
    (void)args;
    return list(&(struct listing){ .rpc = r, .key = -1, .left = -1, .context = true });
}

static err_t dlg_briefing(struct rpc *r, const void *args)
{
    const struct brief_args *a = args;

    return list(
        &(struct listing){ .rpc = r, .key = -1, .left = -1, .attributes = name_of(r, a->attrs) });
}

static err_t match(struct rpc *r, const struct match_args *a, bool context)
{
    struct listing x = { .rpc = r,
                         .context = context,
                         .key = a->mkey,
                         .op = a->mop,
                         .text = a->mval,
                         .left = a->limit > 0 ? a->limit : -1 };
    bool number = a->mkey == KEY_START, text_op = a->mop == OP_REGEX || a->mop == OP_STARTS;
    struct buf why;
    err_t e;

    if (number ? text_op : a->mop == OP_GREATER || a->mop == OP_LESS)
        return rpc_fail(r, 500, "Invalid matching operator for this key");
    if (number && str_to_i64(a->mval, &x.number) != ERR_OK)
        return rpc_fail(r, 500, "Invalid value: a number is expected");
    buf_init(&why, MEM_CONTROL);
    if (a->mop == OP_REGEX && regex_compile(a->mval, 0, &x.regex, &why) != ERR_OK) {
        e = rpc_fail(r, 500, "Invalid regular expression: " STR_FMT, STR_ARG(buf_str(&why)));
    } else {
        e = list(&x);
        if (x.regex)
            regex_free(x.regex);
    }
    buf_free(&why);
    return e;
}

static err_t dlg_list_match(struct rpc *r, const void *args)
{
    return match(r, args, false);
}
static err_t dlg_list_match_ctx(struct rpc *r, const void *args)
{
    return match(r, args, true);
}

/* ---- profiles ---- */

static const struct profile *profile_named(struct rpc *r, struct str name)
{
    const struct profile *p = profile_find(&dialog_conf_now()->profiles, name);

    if (!p)
        (void)rpc_fail(r, 404, "Profile not found: " STR_FMT, STR_ARG(name));
    return p;
}

static err_t dlg_profile_get_size(struct rpc *r, const void *args)
{
    const struct profile_rpc_args *a = args;
    const struct profile *p = profile_named(r, a->profile);

    if (!p)
        return ERR_STATE;
    rpc_int(rpc_root(r), profile_size(p, a->value));
    return ERR_OK;
}

static err_t dlg_profile_list(struct rpc *r, const void *args)
{
    const struct profile_rpc_args *a = args;
    const struct profile *p = profile_named(r, a->profile);

    return p ? list(&(struct listing){ .rpc = r, .profile = p, .value = a->value, .left = -1 })
             : ERR_STATE;
}

/* ---- one by its names ---- */

struct one {
    struct rpc *rpc;
    bool context, found;
    struct str text;
    int64_t number;
    err_t e;
};

static void show(struct dialog *d, void *arg)
{
    struct one *x = arg;

    put_dialog(x->rpc, d, x->context);
}

static err_t show_call(struct rpc *r, const struct call_rpc_args *a, bool context)
{
    struct dialog *d = lookup_call(a->call_id, a->from_tag);
    struct one x = { .rpc = r, .context = context };
    err_t e = d ? dialog_at_home(d, show, &x) : ERR_OK;

    obj_drop(d);
    return e;
}

static err_t dlg_dlg_list(struct rpc *r, const void *args)
{
    return show_call(r, args, false);
}
static err_t dlg_dlg_list_ctx(struct rpc *r, const void *args)
{
    return show_call(r, args, true);
}

static void end(struct dialog *d, void *arg)
{
    struct one *x = arg;

    x->e = d->state < DIALOG_ANSWERED ? dialog_bye(d, BYE_BOTH, x->text) : dialog_end(d, x->text);
}

static err_t ended(struct rpc *r, struct dialog *d, struct str headers)
{
    struct one x = { .text = headers };
    err_t e = dialog_at_home(d, end, &x);

    obj_drop(d);
    if (e || x.e)
        return rpc_fail(r, 500, "The dialog cannot be ended: %s", err_text(e ? e : x.e));
    return ERR_OK;
}

static err_t dlg_end_dlg(struct rpc *r, const void *args)
{
    const struct end_rpc_args *a = args;
    struct dialog *d = lookup_id((uint32_t)a->h_entry, (uint32_t)a->h_id);
    struct str headers = a->extra_hdrs;

    if (!d)
        return rpc_fail(r, 404, "Dialog not found");
    if (headers.n && !str_ends(headers, STR("\n")))
        headers = arena_fmt(rpc_arena(r), STR_FMT "\r\n", STR_ARG(headers));
    return ended(r, d, headers);
}

static err_t dlg_terminate_dlg(struct rpc *r, const void *args)
{
    const struct tags_rpc_args *a = args;
    struct dialog *d = lookup_tags(a->call_id, a->from_tag, a->to_tag);

    return d ? ended(r, d, STR_NONE) : rpc_fail(r, 500, "Couldnt find callid in dialog");
}

static void is_alive(struct dialog *d, void *arg)
{
    struct one *x = arg;

    x->found = d->state == DIALOG_CONFIRMED;
}

static err_t dlg_is_alive(struct rpc *r, const void *args)
{
    const struct tags_rpc_args *a = args;
    struct dialog *d = lookup_tags(a->call_id, a->from_tag, a->to_tag);
    struct one x = { 0 };
    err_t e = d ? dialog_at_home(d, is_alive, &x) : ERR_NOT_FOUND;

    obj_drop(d);
    if (e)
        return rpc_fail(r, 404, "Dialog not found");
    if (!x.found)
        return rpc_fail(r, 500, "Dialog not alive");
    rpc_str(rpc_root(r), STR("Alive"));
    return ERR_OK;
}

static void set_state(struct dialog *d, void *arg)
{
    const struct one *x = arg;

    if (x->number == DIALOG_ENDED) {
        dialog_over(d);
        return;
    }
    if (d->state != DIALOG_ENDED && x->number >= DIALOG_ANSWERED && d->state >= DIALOG_ANSWERED) {
        d->state = (uint8_t)x->number;
        dialog_timers_set(d);
        dialog_changed(d);
    }
}

static err_t dlg_set_state(struct rpc *r, const void *args)
{
    const struct state_rpc_args *a = args;
    struct dialog *d = lookup_tags(a->call_id, a->from_tag, a->to_tag);
    struct one x = { .number = a->state };
    err_t e = d ? dialog_at_home(d, set_state, &x) : ERR_NOT_FOUND;

    obj_drop(d);
    return e ? rpc_fail(r, 500, "Dialog not found") : ERR_OK;
}

/* ---- the rest ---- */

static err_t dlg_bridge_dlg(struct rpc *r, const void *args)
{
    const struct bridge_rpc_args *a = args;
    bool given = a->body.p && !str_eq(a->body, STR("."));
    bool none = given && (!a->body.n || str_eq(a->body, STR("_")));
    struct bridge b = { .from = a->from, .to = a->to, .no_body = none };

    if (!str_eq(a->op, STR(".")))
        b.proxy = a->op;
    if (given && !none)
        b.body = a->body;
    return dialog_bridge(&b) == ERR_OK ? ERR_OK : rpc_fail(r, 500, "Not a URI");
}

struct states {
    int64_t n[DIALOG_ENDED + 1];
    bool local_only;
};

static bool count_one(struct dialog *d, void *arg)
{
    struct states *s = arg;

    if (!s->local_only || d->leg[DIALOG_CALLER].socket)
        s->n[d->state]++;
    return true;
}

static err_t count_here(void *arg)
{
    dialogs_each(count_one, arg);
    return ERR_OK;
}

static err_t dlg_stats_active(struct rpc *r, const void *args)
{
    const struct active_rpc_args *a = args;
    struct states s = { .local_only = a->local_only != 0 };
    struct rpc_node *n;
    err_t e = workers_each(count_here, &s);

    if (e)
        return e;
    n = rpc_struct(rpc_root(r));
    rpc_put_int(n, "starting", s.n[DIALOG_UNCONFIRMED]);
    rpc_put_int(n, "connecting", s.n[DIALOG_EARLY]);
    rpc_put_int(n, "answering", s.n[DIALOG_ANSWERED]);
    rpc_put_int(n, "ongoing", s.n[DIALOG_CONFIRMED]);
    rpc_put_int(n, "all",
                s.n[DIALOG_UNCONFIRMED] + s.n[DIALOG_EARLY] + s.n[DIALOG_ANSWERED] +
                    s.n[DIALOG_CONFIRMED]);
    return ERR_OK;
}

/* ---- the table ---- */

static const char *const keys[] = { "ruri", "furi", "turi", "callid", "start_ts", NULL };
static const char *const ops[] = { "eq", "re", "sw", "gt", "lt", NULL };

static const struct field match_fields[] = {
    FIELD(match_args, mkey, "What is compared.", .choices = keys),
    FIELD(match_args, mop, "How: equal, regular expression, starts with, greater, less.",
          .choices = ops),
    FIELD(match_args, mval, "With what."),
    FIELD(match_args, limit, "How many at most; 0: all.", .def = "0"),
    { 0 },
};
static const struct field brief_fields[] = {
    FIELD(brief_args, attrs,
          "f From URI, t To URI, c Call-ID, F From tag, T To tag, I S E times, s state.",
          .def = "ftcFT"),
    { 0 },
};
static const struct field file_fields[] = {
    FIELD(file_rpc_args, file, "Name of the file."),
    { 0 },
};
static const struct field call_fields[] = {
    FIELD_NAMED(call_rpc_args, call_id, "callid", "Call-ID."),
    FIELD(call_rpc_args, from_tag, "From tag.", .optional = true),
    { 0 },
};
static const struct field tags_fields[] = {
    FIELD_NAMED(tags_rpc_args, call_id, "callid", "Call-ID."),
    FIELD(tags_rpc_args, from_tag, "From tag."),
    FIELD(tags_rpc_args, to_tag, "To tag."),
    { 0 },
};
static const struct field state_fields[] = {
    FIELD_NAMED(state_rpc_args, call_id, "callid", "Call-ID."),
    FIELD(state_rpc_args, from_tag, "From tag."),
    FIELD(state_rpc_args, to_tag, "To tag."),
    FIELD(state_rpc_args, state, "3, 4 or 5.", .min = 1, .max = 5),
    { 0 },
};
static const struct field end_fields[] = {
    FIELD(end_rpc_args, h_entry, "h_entry of the dialog.", .max = UINT32_MAX),
    FIELD(end_rpc_args, h_id, "h_id of the dialog.", .max = UINT32_MAX),
    FIELD(end_rpc_args, extra_hdrs, "Header lines for the BYEs.", .optional = true),
    { 0 },
};
static const struct field profile_fields[] = {
    FIELD(profile_rpc_args, profile, "Name of the profile."),
    FIELD(profile_rpc_args, value, "Only with this value.", .optional = true),
    { 0 },
};
static const struct field bridge_fields[] = {
    FIELD(bridge_rpc_args, from, "URI to call."),
    FIELD(bridge_rpc_args, to, "URI it is referred to."),
    FIELD(bridge_rpc_args, op, "Outbound proxy; a dot: none.", .def = "."),
    FIELD(bridge_rpc_args, body, "Body of the INVITE; a dot: audio on hold; _: none.", .def = "."),
    { 0 },
};
static const struct field active_fields[] = {
    FIELD(active_rpc_args, local_only, "Whether only those of our own addresses.", .def = "0"),
    { 0 },
};

#define ARGS(st, table) .args = (table), .args_size = sizeof(struct st)
const struct rpc_method dialog_methods[] = {
    { "dlg.list", "All dialogs.", dlg_list, .array = true },
    { "dlg.list_ctx", "The same, with what other modules know of them.", dlg_list_ctx,
      .array = true },
    { "dlg.list_match", "Dialogs that match.", dlg_list_match, ARGS(match_args, match_fields),
      .array = true },
    { "dlg.list_match_ctx", "The same, with what other modules know.", dlg_list_match_ctx,
      ARGS(match_args, match_fields), .array = true },
    { "dlg.briefing", "A few attributes of all dialogs.", dlg_briefing,
      ARGS(brief_args, brief_fields), .array = true },
    { "dlg.dump_file", "Writes all dialogs to a file, a JSON object per line.", dialog_dump_file,
      ARGS(file_rpc_args, file_fields) },
    { "dlg.dlg_list", "The dialog of a Call-ID.", dlg_dlg_list, ARGS(call_rpc_args, call_fields) },
    { "dlg.dlg_list_ctx", "The same, with what other modules know.", dlg_dlg_list_ctx,
      ARGS(call_rpc_args, call_fields) },
    { "dlg.end_dlg", "Ends a dialog by its numbers with BYE to both sides.", dlg_end_dlg,
      ARGS(end_rpc_args, end_fields) },
    { "dlg.terminate_dlg", "The same by Call-ID and tags.", dlg_terminate_dlg,
      ARGS(tags_rpc_args, tags_fields) },
    { "dlg.set_state", "Sets the state of a dialog, without telling anybody.", dlg_set_state,
      ARGS(state_rpc_args, state_fields) },
    { "dlg.is_alive", "Whether a dialog is answered and confirmed.", dlg_is_alive,
      ARGS(tags_rpc_args, tags_fields) },
    { "dlg.profile_get_size", "How many dialogs are in a profile.", dlg_profile_get_size,
      ARGS(profile_rpc_args, profile_fields) },
    { "dlg.profile_list", "The dialogs in a profile.", dlg_profile_list,
      ARGS(profile_rpc_args, profile_fields), .array = true },
    { "dlg.bridge_dlg", "Calls one address and refers it to another.", dlg_bridge_dlg,
      ARGS(bridge_rpc_args, bridge_fields) },
    { "dlg.stats_active", "How many dialogs are in which state.", dlg_stats_active,
      ARGS(active_rpc_args, active_fields) },
    { 0 },
};
