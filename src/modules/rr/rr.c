/* SPDX-License-Identifier: BSD-2-Clause */
/* rr: Record-Route and Route, loose and strict (RFC 3261 16.4, 16.6, 16.12). */
#include "base/regex.h"
#include "modules/rr/inner.h"
#include "script/value.h"

enum { LISTENERS_MAX = 16 };

struct record_args {
    struct str params;
};
struct preset_args {
    struct str first, second;
};
struct address_args {
    struct str address;
};
struct param_args {
    struct str param;
};
struct match_args {
    const struct regex *re;
};
struct direction_args {
    int dir;
};
struct mode_args {
    int64_t mode;
};

static struct {
    struct module_slot slot;
    unsigned call_slot;
    void (*watchers[LISTENERS_MAX])(struct call *c, struct str params);
    size_t n_watchers;
} self;

extern const struct module module_rr;

const struct rr_conf *rr_conf(struct call *c)
{
    return call_conf(c, &module_rr);
}

/* NULL: loose_route() was not called */
static const struct rr_state *rr_state_of(const struct call *c)
{
    return c->module_data[self.call_slot];
}

struct rr_state *rr_state(struct call *c)
{
    if (!c->module_data[self.call_slot])
        c->module_data[self.call_slot] = ARENA_NEW(c->arena, struct rr_state);
    return c->module_data[self.call_slot];
}

struct str rr_route_params(const struct call *c)
{
    const struct rr_state *s = rr_state_of(c);

    return s ? s->params : STR_NONE;
}

struct str rr_route_param(const struct call *c, struct str name)
{
    return param_find(rr_route_params(c), name);
}

enum rr_direction rr_direction(struct call *c)
{
    struct str tag = rr_route_param(c, STR("ftag"));

    return tag.n && !str_eq(tag, msg_from_tag(c->msg)) ? RR_UPSTREAM : RR_DOWNSTREAM;
}

void rr_on_loose_route(void (*fn)(struct call *c, struct str params))
{
    for (size_t i = 0; i < self.n_watchers; i++)
        if (self.watchers[i] == fn)
            return;
    ASSERT(self.n_watchers < LISTENERS_MAX);
    self.watchers[self.n_watchers++] = fn;
}

void rr_notify(struct call *c, struct str params)
{
    for (size_t i = 0; i < self.n_watchers; i++)
        self.watchers[i](c, params);
}

/* Once per run: the Route headers are as received also when it is called again. */
static int route_once(struct call *c, bool only_loose)
{
    struct rr_state *s = rr_state(c);

    if (s->code == 0)
        s->code = rr_loose_route(c, only_loose);
    return s->code;
}

static int loose_route(struct call *c)
{
    return route_once(c, rr_conf(c)->loose_route_mode == 1);
}
EXPOSE0(loose_route)

static int loose_route_preloaded(struct call *c)
{
    return loose_route(c) == RR_PRELOADED ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE0(loose_route_preloaded)

static int loose_route_mode(struct call *c, const struct mode_args *a)
{
    return route_once(c, a->mode == 1);
}
EXPOSE(loose_route_mode, mode_args)

static int done(struct call *c, err_t e)
{
    if (!e)
        return SCRIPT_TRUE;
    c->error = e;
    return SCRIPT_FALSE;
}

static int record_route(struct call *c, const struct record_args *a)
{
    return done(c, rr_record(c, RR_BY_SOCKET, a->params, STR_NONE, STR_NONE));
}
EXPOSE(record_route, record_args)

static int record_route_preset(struct call *c, const struct preset_args *a)
{
    if (a->first.n == 0)
        return done(c, ERR_SYNTAX);
    return done(c, rr_record(c, RR_PRESET, STR_NONE, a->first, a->second));
}
EXPOSE(record_route_preset, preset_args)

static int record_route_advertised_address(struct call *c, const struct address_args *a)
{
    if (a->address.n == 0)
        return done(c, ERR_SYNTAX);
    return done(c, rr_record(c, RR_ADVERTISED, STR_NONE, a->address, STR_NONE));
}
EXPOSE(record_route_advertised_address, address_args)

static int add_rr_param(struct call *c, const struct param_args *a)
{
    if (a->param.n == 0)
        return done(c, ERR_SYNTAX);
    rr_add_param(c, a->param);
    return SCRIPT_TRUE;
}
EXPOSE(add_rr_param, param_args)

static int check_route_param(struct call *c, const struct match_args *a)
{
    struct str params = rr_route_params(c);

    return params.p && regex_match(a->re, params, NULL, 0) == ERR_OK ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(check_route_param, match_args)

static int is_direction(struct call *c, const struct direction_args *a)
{
    enum rr_direction wanted = a->dir == 0 ? RR_DOWNSTREAM : RR_UPSTREAM;

    return rr_direction(c) == wanted ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(is_direction, direction_args)

static int remove_record_route(struct call *c)
{
    rr_forget(c);
    return SCRIPT_TRUE;
}
EXPOSE0(remove_record_route)

static int rr_next_hop_route(struct call *c)
{
    const struct rr_state *s = rr_state_of(c);

    return s && s->next_hop_route ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE0(rr_next_hop_route)

static err_t get_route_uri(struct call *c, const struct var_ref *at, struct value *out)
{
    const struct address *list;
    size_t n;

    (void)at;
    *out = VALUE_NONE;
    if (msg_addresses(c->msg, HEADER_ROUTE, &list, &n) == ERR_OK && n)
        *out = VALUE_OF_STR(list[0].uri_text);
    return ERR_OK;
}

/* The tag of the side that began the dialog (tag 0), or of the other one (tag 1). */
static err_t get_initial_tag(struct call *c, const struct var_ref *at, struct value *out)
{
    bool from = (at->var->tag == 0) == (rr_direction(c) == RR_DOWNSTREAM);
    struct str tag = from ? msg_from_tag(c->msg) : msg_to_tag(c->msg);

    *out = tag.n ? VALUE_OF_STR(tag) : VALUE_NONE;
    return ERR_OK;
}

static err_t get_rdir(struct call *c, const struct var_ref *at, struct value *out)
{
    enum rr_direction d = rr_direction(c);

    if (str_ieq(at->key, STR("id")))
        *out = VALUE_OF_INT(d);
    else
        *out = VALUE_OF_STR(d == RR_DOWNSTREAM ? STR("downstream") : STR("upstream"));
    return ERR_OK;
}

static err_t prepare_rdir(struct load *l, const struct var_ref *at, const void **prepared)
{
    *prepared = NULL;
    if (str_ieq(at->key, STR("id")) || str_ieq(at->key, STR("name")))
        return ERR_OK;
    load_fault(l, NULL, "$rdir takes id or name");
    return ERR_SYNTAX;
}

static err_t start(const void *conf)
{
    (void)conf;
    self.call_slot = call_slot_new();
    return ERR_OK;
}

static const struct field rr_conf_fields[] = {
    FIELD(rr_conf, append_fromtag,
          "Show the caller's From tag in Record-Route, to tell directions.", .def = "1"),
    FIELD(rr_conf, enable_double_rr,
          "1: two Record-Routes when a request leaves by another listener; 2: always.", .def = "1",
          .max = 2),
    FIELD(rr_conf, enable_full_lr, "Write ;lr=on for peers that lose ;lr.", .def = "0"),
    FIELD(rr_conf, add_username, "Put the user of the Request-URI into Record-Route.", .def = "0"),
    FIELD(rr_conf, enable_socket_mismatch_warning, "Log when a Route of ours names no listener.",
          .def = "1"),
    FIELD(rr_conf, custom_user_avp, "The variable that holds the user for add_username.",
          .optional = true),
    FIELD(rr_conf, force_send_socket, "Send from the listener that a single Route names, too.",
          .def = "0"),
    FIELD(rr_conf, ignore_sips, "Write sip also when the Request-URI is sips.", .def = "0"),
    FIELD(rr_conf, sockname_mode, "Show the listener's name as sn, and find it by that.",
          .def = "0"),
    FIELD(rr_conf, loose_route_mode, "1: loose_route() never takes the Request-URI for a Route.",
          .def = "0", .max = 1),
    { 0 },
};
static const struct field record_args_fields[] = {
    FIELD(record_args, params, "URI parameters to add, \";name=value\".", .def = ""),
    { 0 },
};
static const struct field preset_args_fields[] = {
    FIELD(preset_args, first, "Address with parameters, where requests leave."),
    FIELD(preset_args, second, "Address with parameters, where requests come in.", .def = ""),
    { 0 },
};
static const struct field address_args_fields[] = {
    FIELD(address_args, address, "The address to show, \"host:port\"."),
    { 0 },
};
static const struct field param_args_fields[] = {
    FIELD(param_args, param, "The parameter, \";name=value\"."),
    { 0 },
};
static const struct field match_args_fields[] = {
    FIELD(match_args, re, "What the parameters of our Route must match."),
    { 0 },
};
static const char *const directions[] = { "downstream", "upstream", NULL };
static const struct field direction_args_fields[] = {
    FIELD(direction_args, dir, "\"downstream\": caller to callee; \"upstream\": the other way.",
          .choices = directions),
    { 0 },
};
static const struct field mode_args_fields[] = {
    FIELD(mode_args, mode, "1: never take the Request-URI for a Route of ours.", .max = 1),
    { 0 },
};

static const struct outcome routed[] = {
    { 1, "the request goes by its Route headers" },
    { -1, "it does not" },
    { -3, "its one preloaded Route was ours, and is gone: other means must route it" },
    { 0 },
};
static const struct outcome yes_no[] = { { 1, "yes" }, { -1, "no" }, { 0 } };
static const struct outcome added[] = { { 1, "it will be added" },
                                        { -1, "it is there already, or the argument is empty" },
                                        { 0 } };
#define RECORDING_ROUTES (ROUTE_REQUEST | ROUTE_BRANCH | ROUTE_FAILURE)

static const struct func funcs[] = {
    FUNC0(loose_route, "Routes the request by its Route headers.", .routes = ROUTE_REQUEST,
          .suspends = true, .returns = routed),
    FUNC0(loose_route_preloaded,
          "Takes Route headers as loose_route() does; true when the one preloaded Route was ours.",
          .routes = ROUTE_REQUEST, .suspends = true, .returns = yes_no),
    FUNC(loose_route_mode, mode_args, "Routes by Route headers, with a mode.",
         .routes = ROUTE_REQUEST, .suspends = true, .returns = routed),
    FUNC(record_route, record_args, "Keeps this server in the path of the dialog.",
         .routes = RECORDING_ROUTES, .suspends = true, .returns = added),
    FUNC(record_route_preset, preset_args, "Adds Record-Routes with the given addresses.",
         .routes = RECORDING_ROUTES, .suspends = true, .returns = added),
    FUNC(record_route_advertised_address, address_args,
         "Adds Record-Routes that show the given address.", .routes = RECORDING_ROUTES,
         .suspends = true, .returns = added),
    FUNC(add_rr_param, param_args, "Adds a parameter to the Record-Route of this request.",
         .routes = RECORDING_ROUTES,
         .returns =
             (const struct outcome[]){ { 1, "it was added" }, { -1, "it is empty" }, { 0 } }),
    FUNC(check_route_param, match_args, "Matches the parameters of our Route, after loose_route().",
         .routes = ROUTE_REQUEST, .returns = yes_no),
    FUNC(is_direction, direction_args,
         "Tells which side of the dialog sent this request, after loose_route().",
         .routes = ROUTE_REQUEST, .returns = yes_no),
    FUNC0(remove_record_route, "Takes back what record_route() added.",
          .routes = ROUTE_REQUEST | ROUTE_FAILURE,
          .returns = (const struct outcome[]){ { 1, "done" }, { 0 } }),
    FUNC0(rr_next_hop_route, "Tells whether the next hop is taken from a Route header.",
          .routes = ROUTE_ANY, .returns = yes_no),
    { 0 },
};
static const struct variable vars[] = {
    { .name = "route_uri", .doc = "The URI of the first Route header.", .get = get_route_uri },
    { .name = "fti", .doc = "The tag of the side that began the dialog.", .get = get_initial_tag },
    { .name = "tti",
      .doc = "The tag of the side that was called.",
      .get = get_initial_tag,
      .tag = 1 },
    { .name = "rdir",
      .doc = "The direction of a request in a dialog: (id) 1 or 2, (name) downstream or upstream.",
      .get = get_rdir,
      .key = true,
      .prepare = prepare_rdir },
    { 0 },
};

const struct module module_rr = {
    .abi = MODULE_ABI,
    .name = "rr",
    .doc = "Keeps the server in the path of dialogs, and routes by Route headers.",
    .slot = &self.slot,
    .conf_size = sizeof(struct rr_conf),
    .params = rr_conf_fields,
    .funcs = funcs,
    .vars = vars,
    .start = start,
};
