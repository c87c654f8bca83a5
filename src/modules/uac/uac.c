/* SPDX-License-Identifier: BSD-2-Clause */
/* uac: what a user agent does, done here: other names in From and To, answers to challenges,
 * requests of the script, and registrations with other servers. */
#include "modules/uac/inner.h"
#include "modules/uac/registrations.h"

struct replace_args {
    struct str first, second; /* display and URI, or just the URI */
};
struct mode_args {
    int64_t mode;
};
struct lookup_args {
    struct str what;
    const struct var_ref *into;
};
struct uuid_args {
    struct str uuid;
};
struct request_to_args {
    struct str user;
    int64_t mode;
};
struct filter_args {
    struct str attribute, value;
};

static struct {
    struct module_slot slot;
    unsigned replace_slot, request_slot;
    bool started;
} self;

unsigned uac_replace_slot(void)
{
    return self.replace_slot;
}

unsigned uac_request_slot(void)
{
    return self.request_slot;
}

const struct uac_conf *uac_conf_of(const struct generation *g)
{
    return g && g->confs ? g->confs[self.slot.index] : NULL;
}

static int done(struct call *c, err_t e)
{
    if (!e)
        return SCRIPT_TRUE;
    c->error = e;
    return SCRIPT_FALSE;
}

/* One argument is the URI, two are display name and URI. */
static int replace(struct call *c, enum party p, const struct replace_args *a)
{
    if (a->second.p)
        return done(c, uac_replace(c, p, &a->first, a->second));
    return done(c, uac_replace(c, p, NULL, a->first));
}

static int uac_replace_from(struct call *c, const struct replace_args *a)
{
    return replace(c, PARTY_FROM, a);
}
EXPOSE(uac_replace_from, replace_args)

static int uac_replace_to(struct call *c, const struct replace_args *a)
{
    return replace(c, PARTY_TO, a);
}
EXPOSE(uac_replace_to, replace_args)

static int uac_restore_from(struct call *c)
{
    return done(c, uac_restore(c, PARTY_FROM));
}
EXPOSE0(uac_restore_from)

static int uac_restore_to(struct call *c)
{
    return done(c, uac_restore(c, PARTY_TO));
}
EXPOSE0(uac_restore_to)

static int uac_auth(struct call *c, const struct mode_args *a)
{
    return done(c, uac_authorize(c, a->mode & 1));
}
EXPOSE(uac_auth, mode_args)

static int uac_req_send(struct call *c)
{
    return done(c, uac_request_send(c));
}
EXPOSE0(uac_req_send)

/* ---- registrations ---- */

enum { REQUEST_BY_USERNAME = 1, REQUEST_WITH_HA1 = 2 };

static int set_str(struct call *c, const struct var_ref *at, struct str s)
{
    struct value v = VALUE_OF_STR(s);

    return done(c, at ? var_set(c, at, &v) : ERR_OK);
}

static int give_local_uri(struct call *c, const struct var_ref *into,
                          const struct registration_view *v)
{
    return set_str(c, into,
                   arena_fmt(c->arena, "sip:" STR_FMT "@" STR_FMT, STR_ARG(v->text[REG_L_USERNAME]),
                             STR_ARG(v->text[REG_L_DOMAIN])));
}

static int uac_reg_lookup(struct call *c, const struct lookup_args *a)
{
    struct registration_view v;

    if (reg_find(a->what, c->arena, &v))
        return SCRIPT_FALSE;
    return give_local_uri(c, a->into, &v);
}
EXPOSE(uac_reg_lookup, lookup_args)

static int uac_reg_lookup_uri(struct call *c, const struct lookup_args *a)
{
    const struct uac_conf *conf = call_conf(c, &module_uac);
    struct registration_view v;
    struct uri uri;

    if (uri_parse(a->what, &uri) || !uri.user.n)
        return SCRIPT_FALSE;
    if (reg_find_user(uri.user, conf->reg_use_domain ? uri.host : STR(""), c->arena, &v))
        return SCRIPT_FALSE;
    return give_local_uri(c, a->into, &v);
}
EXPOSE(uac_reg_lookup_uri, lookup_args)

static int uac_reg_status(struct call *c, const struct uuid_args *a)
{
    struct registration_view v;

    if (reg_find(a->uuid, c->arena, &v))
        return -1;
    if (v.flags & REG_DISABLED)
        return -3;
    if (v.flags & REG_ONLINE)
        return 1;
    return v.flags & REG_ONGOING ? -2 : -99;
}
EXPOSE(uac_reg_status, uuid_args)

static int uac_reg_request_to(struct call *c, const struct request_to_args *a)
{
    const struct uac_conf *conf = call_conf(c, &module_uac);
    struct registration_view v;
    struct str secret;
    err_t e = a->mode & REQUEST_BY_USERNAME ? reg_find_user(a->user, STR(""), c->arena, &v)
                                            : reg_find(a->user, c->arena, &v);

    if (e)
        return SCRIPT_FALSE;
    secret = v.text[a->mode & REQUEST_WITH_HA1 ? REG_AUTH_HA1 : REG_AUTH_PASSWORD];
    if (!secret.n || !conf->auth_username_avp)
        return SCRIPT_FALSE;
    e = call_set_uri(c, arena_fmt(c->arena, "sip:" STR_FMT "@" STR_FMT,
                                  STR_ARG(v.text[REG_R_USERNAME]), STR_ARG(v.text[REG_R_DOMAIN])));
    if (e)
        return done(c, e);
    if (v.text[REG_AUTH_PROXY].n)
        call_set_dst_uri(c, v.text[REG_AUTH_PROXY]);
    if (set_str(c, conf->auth_username_avp, v.text[REG_AUTH_USERNAME]) < 0 ||
        set_str(c, conf->auth_realm_avp, v.text[REG_REALM]) < 0)
        return SCRIPT_FALSE;
    return set_str(c, conf->auth_password_avp, secret);
}
EXPOSE(uac_reg_request_to, request_to_args)

static int uac_reg_enable(struct call *c, const struct filter_args *a)
{
    return done(c, reg_enable(a->attribute, a->value, true));
}
EXPOSE(uac_reg_enable, filter_args)

static int uac_reg_disable(struct call *c, const struct filter_args *a)
{
    return done(c, reg_enable(a->attribute, a->value, false));
}
EXPOSE(uac_reg_disable, filter_args)

static int uac_reg_send_register(struct call *c, const struct filter_args *a)
{
    return done(c, reg_send_now(a->attribute, a->value, true));
}
EXPOSE(uac_reg_send_register, filter_args)

static int uac_reg_send_unregister(struct call *c, const struct filter_args *a)
{
    return done(c, reg_send_now(a->attribute, a->value, false));
}
EXPOSE(uac_reg_send_unregister, filter_args)

static int uac_reg_refresh(struct call *c, const struct uuid_args *a)
{
    return done(c, reg_refresh(call_conf(c, &module_uac), a->uuid));
}
EXPOSE(uac_reg_refresh, uuid_args)

/* ---- tables ---- */

static const struct field lookup_args_fields[] = {
    FIELD(lookup_args, what, "The record: its l_uuid, or a URI with its remote user."),
    FIELD(lookup_args, into, "Where to put the local SIP URI."),
    { 0 },
};
static const struct field uuid_args_fields[] = {
    FIELD(uuid_args, uuid, "The record's l_uuid."),
    { 0 },
};
static const struct field request_to_args_fields[] = {
    FIELD(request_to_args, user, "The record: its l_uuid, or its remote user."),
    FIELD(request_to_args, mode,
          "Bits: 1 it is the remote user; 2 take the hash instead of the password."),
    { 0 },
};
static const struct field filter_args_fields[] = {
    FIELD(filter_args, attribute, "l_uuid, l_username, r_username or auth_username."),
    FIELD(filter_args, value, "Its value."),
    { 0 },
};
static const struct outcome found[] = { { 1, "it is set" }, { -1, "there is no record" }, { 0 } };
static const struct outcome changed[] = { { 1, "done" }, { -1, "there is no such record" }, { 0 } };
static const struct outcome statuses[] = {
    { 1, "registered" },
    { -1, "there is no such record" },
    { -2, "a registration is under way, and none is valid" },
    { -3, "disabled" },
    { -99, "not registered; the next attempt comes" },
    { 0 },
};

static const struct field replace_args_fields[] = {
    FIELD(replace_args, first, "The URI; or, with two arguments, the display name."),
    FIELD(replace_args, second, "The URI; empty: it stays.", .optional = true),
    { 0 },
};
static const struct field mode_args_fields[] = {
    FIELD(mode_args, mode, "1: passwords are given as H(user:realm:password).", .def = "0"),
    { 0 },
};
static const struct field wanted_mode_args_fields[] = {
    FIELD(mode_args, mode, "1: passwords are given as H(user:realm:password)."),
    { 0 },
};
static const struct outcome replaced[] = {
    { 1, "it is replaced" },
    { -1, "it cannot be, or this request belongs to a dialog and the mode is auto" },
    { 0 },
};
static const struct outcome restored[] = { { 1, "it is as it was" },
                                           { -1, "no Route of ours tells how it was" },
                                           { 0 } };
static const struct outcome authorized[] = {
    { 1, "credentials are added" },
    { -1, "there is no challenge that can be answered" },
    { 0 },
};
#define LAST_COUNTS "a second call for the same header replaces what the first one did"
#define AUTH_ROUTES (ROUTE_FAILURE | ROUTE_BRANCH_FAILURE | ROUTE_REQUEST | ROUTE_EVENT)
#define AUTH_DIFFERS                                                                               \
    "SHA-256 is known too, and of several challenges the first with known credentials is answered"

static const struct func funcs[] = {
    FUNC(uac_replace_from, replace_args, "Shows another From to the far side.",
         .routes = ROUTE_REQUEST | ROUTE_BRANCH, .returns = replaced, .differs = LAST_COUNTS),
    FUNC0(uac_restore_from, "Puts back From by what a Route of ours remembers.",
          .routes = ROUTE_REQUEST, .returns = restored),
    FUNC(uac_replace_to, replace_args, "Shows another To to the far side.",
         .routes = ROUTE_REQUEST | ROUTE_BRANCH, .returns = replaced, .differs = LAST_COUNTS),
    FUNC0(uac_restore_to, "Puts back To by what a Route of ours remembers.",
          .routes = ROUTE_REQUEST, .returns = restored),
    FUNC(uac_auth, mode_args, "Answers the challenge of a 401 or 407; t_relay() sends it again.",
         .routes = AUTH_ROUTES, .returns = authorized, .differs = AUTH_DIFFERS),
    { .name = "uac_auth_mode",
      .doc = "The same as uac_auth() with its argument.",
      .run = uac_auth_with_mode_args,
      .args = wanted_mode_args_fields,
      .args_size = sizeof(struct mode_args),
      .routes = AUTH_ROUTES,
      .returns = authorized,
      .differs = AUTH_DIFFERS },
    FUNC0(uac_req_send, "Sends the request that $uac_req(...) describes.", .routes = ROUTE_ANY,
          .returns = (const struct outcome[]){ { 1, "it is on its way" },
                                               { -1, "a part is missing or malformed" },
                                               { 0 } }),
    FUNC(uac_reg_lookup, lookup_args, "Gives the local URI of a record.", .routes = ROUTE_ANY,
         .returns = found),
    FUNC(uac_reg_lookup_uri, lookup_args, "Gives the local URI of a remote user's record.",
         .routes = ROUTE_ANY, .returns = found),
    FUNC(uac_reg_status, uuid_args, "Tells whether a record is registered.", .routes = ROUTE_ANY,
         .returns = statuses),
    FUNC(uac_reg_request_to, request_to_args,
         "Directs the request to the server of a record, with its credentials for uac_auth().",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_BRANCH,
         .returns = (const struct outcome[]){ { 1, "done" },
                                              { -1, "there is no record, or no secret in it" },
                                              { 0 } }),
    FUNC(uac_reg_enable, filter_args, "Registers a record again.", .routes = ROUTE_ANY,
         .returns = changed),
    FUNC(uac_reg_disable, filter_args, "Ends a registration at the next turn of the timer.",
         .routes = ROUTE_ANY, .returns = changed),
    FUNC(uac_reg_refresh, uuid_args, "Reads a record again from the database.", .routes = ROUTE_ANY,
         .returns = changed, .suspends = true),
    FUNC(uac_reg_send_register, filter_args, "Registers a record now.", .routes = ROUTE_ANY,
         .returns = changed),
    FUNC(uac_reg_send_unregister, filter_args, "Ends a registration now.", .routes = ROUTE_ANY,
         .returns = changed),
    { 0 },
};

static const struct variable vars[] = {
    { .name = "uac_req",
      .doc = "Parts of the request for uac_req_send(): method, ruri, furi, turi, ouri, hdrs, body, "
             "auser, apasswd, callid, sock, flags (1: apasswd is a hash), evroute, evparam; all = "
             "null clears them. In event_route[uac:reply] also evcode and evtype.",
      .get = uac_req_get,
      .set = uac_req_set,
      .key = true,
      .prepare = uac_req_prepare,
      .differs = "parts are forgotten when the script ends" },
    { 0 },
};

static const char *const restore_modes[] = { "none", "manual", "auto", NULL };

static const struct field params[] = {
    FIELD(uac_conf, rr_from_store_param, "Record-Route parameter for the From URIs.", .def = "vsf"),
    FIELD(uac_conf, rr_to_store_param, "Record-Route parameter for the To URIs.", .def = "vst"),
    FIELD(uac_conf, restore_mode,
          "What happens to messages of the dialog: none: nothing; manual: replies get the old URI "
          "back; auto: later requests are changed too.",
          .def = "auto", .choices = restore_modes),
    FIELD(uac_conf, restore_dlg,
          "In the mode auto, variables of the dialog remember the URIs, not Record-Route; needs "
          "dialog.",
          .def = "0"),
    FIELD(uac_conf, restore_passwd, "Text that hides the URIs in Record-Route.", .def = ""),
    FIELD(uac_conf, restore_from_avp, "Variable that keeps the original From URI.",
          .optional = true),
    FIELD(uac_conf, restore_to_avp, "Variable that keeps the original To URI.", .optional = true),
    FIELD(uac_conf, credential, "\"user:realm:password\"; may be given many times.",
          .optional = true),
    FIELD(uac_conf, auth_username_avp, "Variable with the user name for uac_auth().",
          .optional = true),
    FIELD(uac_conf, auth_realm_avp, "Variable with its realm; empty: any.", .optional = true),
    FIELD(uac_conf, auth_password_avp, "Variable with its password.", .optional = true),
    FIELD(uac_conf, default_socket, "Listener to send requests of our own from.", .def = ""),
    FIELD(uac_conf, event_callback, "Accepted without effect.", .optional = true,
          .inert = "event_route[uac:reply] runs"),
    FIELD(uac_conf, reg_db_url, "Database of the registrations with other servers.", .def = ""),
    FIELD(uac_conf, reg_db_table, "Their table.", .def = "uacreg"),
    FIELD(uac_conf, reg_contact_addr, "Address in Contacts, \"host:port;parameters\".", .def = ""),
    FIELD(uac_conf, reg_timer_interval, "Seconds between looks at what is to be renewed.",
          .def = "90", .unit_ms = 1000, .min = 1000, .max = INT64_C(86400000)),
    FIELD(uac_conf, reg_retry_interval,
          "Seconds after which a failed registration is tried again; 0: it is disabled.",
          .def = "0", .min = 0, .max = 1000000000),
    FIELD(uac_conf, reg_keep_callid, "1: the Call-ID stays as long as registering succeeds.",
          .def = "0"),
    FIELD(uac_conf, reg_random_delay,
          "Upper limit in seconds of a random delay for records without one; 0: none.", .def = "0",
          .min = 0, .max = 1000000000),
    FIELD(uac_conf, reg_active, "0: nothing is registered.", .def = "1"),
    FIELD(uac_conf, reg_gc_interval, "Least seconds between two uac.reg_reload.", .def = "150",
          .unit_ms = 1000),
    FIELD(uac_conf, reg_hash_size, "Accepted without effect.", .def = "4",
          .inert = "the table grows by itself"),
    FIELD(uac_conf, reg_use_domain, "Whether look-ups by remote user compare the domain too.",
          .def = "0"),
    FIELD(uac_conf, reload_delta, "Accepted without effect.", .def = "30", .unit_ms = 1000,
          .inert = "a reload keeps the state of records that did not change"),
    { 0 },
};
static const struct event events[] = {
    { "uac:reply", "A reply, or none in time, to a request of uac_req_send() with evroute set." },
    { 0 },
};

static const struct stat_decl stats[] = {
    { "uac", "regtotal", "Records.", .gauge = true, .read = reg_total },
    { "uac", "regactive", "Records that are registered.", .gauge = true, .read = reg_online },
    { "uac", "regdisabled", "Records that are disabled.", .gauge = true, .read = reg_disabled },
    { 0 },
};
static const struct table tables[] = {
    { "uacreg", 6, "Registrations with other servers. Version 5 is read too." },
    { 0 },
};

static err_t read_credential(struct load *l, struct str text, struct credential *out)
{
    struct str rest = text;

    out->user = str_split(&rest, ':');
    out->realm = str_split(&rest, ':');
    out->secret = rest;
    if (out->user.n && out->realm.n && str_find(text, ':') + 1 + out->realm.n < text.n)
        return ERR_OK;
    load_fault(l, "credential", "is \"user:realm:password\"");
    return ERR_SYNTAX;
}

static err_t check(struct load *l, void *conf)
{
    struct uac_conf *c = conf;
    bool none = !c->auth_username_avp && !c->auth_realm_avp && !c->auth_password_avp;
    bool all = c->auth_username_avp && c->auth_realm_avp && c->auth_password_avp;

    if (!none && !all) {
        load_fault(l, "auth_username_avp",
                   "auth_username_avp, auth_realm_avp and auth_password_avp belong together");
        return ERR_STATE;
    }
    if (c->restore_mode == RESTORE_AUTO && !load_has_module(l, "rr")) {
        load_fault(l, "restore_mode", "auto needs loadmodule \"rr.so\"");
        return ERR_STATE;
    }
    if (c->restore_dlg && !load_has_module(l, "dialog")) {
        load_fault(l, "restore_dlg", "needs loadmodule \"dialog.so\"");
        return ERR_STATE;
    }
    if (c->credential.n)
        c->credentials = ARENA_ARRAY(load_arena(l), struct credential, c->credential.n);
    for (size_t i = 0; i < c->credential.n; i++)
        if (read_credential(l, c->credential.items[i], &c->credentials[i]))
            return ERR_SYNTAX;
    return registrations_check(l, c);
}

static err_t start(const void *conf)
{
    if (!self.started) {
        self.replace_slot = call_slot_new();
        self.request_slot = call_slot_new();
        uac_replace_start();
    }
    self.started = true;
    return registrations_start(conf);
}

const struct module module_uac = {
    .abi = MODULE_ABI,
    .name = "uac",
    .doc = "Other names in From and To, answers to challenges, requests of the script, and "
           "registrations with other servers.",
    .needs = (const char *const[]){ "tm", NULL },
    .slot = &self.slot,
    .conf_size = sizeof(struct uac_conf),
    .params = params,
    .funcs = funcs,
    .vars = vars,
    .methods = registration_methods,
    .events = events,
    .stats = stats,
    .tables = tables,
    .check = check,
    .start = start,
    .worker_start = registrations_worker_start,
    .worker_stop = registrations_worker_stop,
    .stop = registrations_stop,
};
