/* SPDX-License-Identifier: BSD-2-Clause */
/* What this floor's unit tests share: two modules that are not real, and a message to run on. */
#pragma once
#include "base/test.h"
#include "core/run.h"
#include "module/registry.h"
#include "script/program.h"
#include "script/state.h"
#include "sip/message.h"

/* ---- what scripts said ---- */

static char said[65536];
static struct buf said_buf;

__attribute__((unused)) static void said_begin(void)
{
    buf_fixed(&said_buf, said, sizeof said);
}

/* ---- module "fake" ---- */

struct code_args {
    int64_t code;
};
struct say_args {
    struct str text;
};
struct sayf_args {
    const struct format *text;
};
struct two_args {
    int64_t number;
    struct str text;
};
struct set_args {
    const struct var_ref *into;
    struct str text;
};
struct many_args {
    struct str_list items;
};
struct pick_args {
    int choice;
    bool flag;
    struct duration time;
};
struct search_args {
    const struct regex *pattern;
};
struct arm_args {
    const struct route_ref *route;
};
struct value_args {
    struct value value;
};

static int give(struct call *c, const struct code_args *a)
{
    (void)c;
    return (int)a->code;
}
EXPOSE(give, code_args)

static int say(struct call *c, const struct say_args *a)
{
    (void)c;
    buf_fmt(&said_buf, STR_FMT "\n", STR_ARG(a->text));
    return SCRIPT_TRUE;
}
EXPOSE(say, say_args)

static int sayf(struct call *c, const struct sayf_args *a)
{
    struct str text = format_eval(c, a->text);

    buf_fmt(&said_buf, STR_FMT "\n", STR_ARG(text));
    return SCRIPT_TRUE;
}
EXPOSE(sayf, sayf_args)

static int two(struct call *c, const struct two_args *a)
{
    (void)c;
    buf_fmt(&said_buf, "%lld " STR_FMT "\n", (long long)a->number, STR_ARG(a->text));
    return SCRIPT_TRUE;
}
EXPOSE(two, two_args)

static int put(struct call *c, const struct set_args *a)
{
    struct value v = VALUE_OF_STR(a->text);

    return var_set(c, a->into, &v) ? SCRIPT_FALSE : SCRIPT_TRUE;
}
EXPOSE(put, set_args)

static int many(struct call *c, const struct many_args *a)
{
    (void)c;
    for (size_t i = 0; i < a->items.n; i++)
        buf_fmt(&said_buf, "[" STR_FMT "]", STR_ARG(a->items.items[i]));
    buf_char(&said_buf, '\n');
    return SCRIPT_TRUE;
}
EXPOSE(many, many_args)

static int pick(struct call *c, const struct pick_args *a)
{
    (void)c;
    buf_fmt(&said_buf, "%d %d %lld\n", a->choice, a->flag, (long long)a->time.ms);
    return SCRIPT_TRUE;
}
EXPOSE(pick, pick_args)

static int search(struct call *c, const struct search_args *a)
{
    return regex_match(a->pattern, c->msg->raw, NULL, 0) ? SCRIPT_FALSE : SCRIPT_TRUE;
}
EXPOSE(search, search_args)

static int arm(struct call *c, const struct arm_args *a)
{
    struct str name = route_ref_name(c, a->route);

    buf_fmt(&said_buf, "armed " STR_FMT "\n", STR_ARG(name));
    return SCRIPT_TRUE;
}
EXPOSE(arm, arm_args)

static int jump(struct call *c, const struct arm_args *a)
{
    return route_run(c, a->route);
}
EXPOSE(jump, arm_args)

static int show(struct call *c, const struct value_args *a)
{
    (void)c;
    if (a->value.type == VALUE_INT)
        buf_fmt(&said_buf, "int %lld\n", (long long)a->value.i);
    else
        buf_fmt(&said_buf, "str " STR_FMT "\n", STR_ARG(a->value.s));
    return SCRIPT_TRUE;
}
EXPOSE(show, value_args)

static int ready(struct call *c)
{
    (void)c;
    return SCRIPT_TRUE;
}
EXPOSE0(ready)

static int pause_ms(struct call *c, const struct code_args *a)
{
    (void)c;
    return co_sleep(a->code) ? SCRIPT_FALSE : SCRIPT_TRUE;
}
EXPOSE(pause_ms, code_args)

static err_t prepare_even(struct load *l, void *args)
{
    struct code_args *a = args;

    if (a->code % 2 == 0)
        return ERR_OK;
    load_fault(l, "code", "expected an even number");
    return ERR_RANGE;
}

static const struct field code_args_fields[] = {
    FIELD(code_args, code, "What to return.", .min = -100, .max = 100),
    { 0 },
};
static const struct field say_args_fields[] = {
    FIELD(say_args, text, "What to say."),
    { 0 },
};
static const struct field sayf_args_fields[] = {
    FIELD(sayf_args, text, "What to say."),
    { 0 },
};
static const struct field two_args_fields[] = {
    FIELD(two_args, number, "A number."),
    FIELD(two_args, text, "A text.", .def = "none"),
    { 0 },
};
static const struct field set_args_fields[] = {
    FIELD(set_args, into, "A variable."),
    FIELD(set_args, text, "A text."),
    { 0 },
};
static const struct field many_args_fields[] = {
    FIELD(many_args, items, "Texts.", .rest = true),
    { 0 },
};
static const char *const colours[] = { "red", "green", "blue", NULL };
static const struct field pick_args_fields[] = {
    FIELD(pick_args, choice, "A colour.", .choices = colours),
    FIELD(pick_args, flag, "A flag.", .def = "no"),
    FIELD(pick_args, time, "A time.", .def = "1s"),
    { 0 },
};
static const struct field search_args_fields[] = {
    FIELD(search_args, pattern, "A pattern."),
    { 0 },
};
static const struct field arm_args_fields[] = {
    FIELD(arm_args, route, "A route.", .route_kind = ROUTE_FAILURE),
    { 0 },
};
static const struct field value_args_fields[] = {
    FIELD(value_args, value, "A value."),
    { 0 },
};
static const struct field fixed_args_fields[] = {
    FIELD(say_args, text, "A constant.", .literal = true),
    { 0 },
};
static const struct func fake_funcs[] = {
    FUNC(give, code_args, "Returns a code.", .aliases = (const char *const[]){ "give_code", NULL }),
    FUNC(say, say_args, "Says a text."),
    FUNC(sayf, sayf_args, "Says a text."),
    FUNC(two, two_args, "Says both."),
    FUNC(put, set_args, "Sets a variable."),
    FUNC(many, many_args, "Says all."),
    FUNC(pick, pick_args, "Says a choice."),
    FUNC(search, search_args, "Searches the message."),
    FUNC(arm, arm_args, "Names a route."),
    FUNC(jump, arm_args, "Runs a route."),
    FUNC(show, value_args, "Shows a value."),
    FUNC0(ready, "Is ready."),
    FUNC(pause_ms, code_args, "Waits.", .suspends = true),
    FUNC_NAMED("even", give, code_args, "Returns an even code.", .prepare = prepare_even),
    FUNC0_NAMED("only_failure", ready, "For failure routes.", .routes = ROUTE_FAILURE),
    FUNC0_NAMED("only_request", ready, "For requests.", .routes = ROUTE_REQUEST),
    { .name = "fixed",
      .doc = "Says a constant.",
      .run = say_with_say_args,
      .args = fixed_args_fields,
      .args_size = sizeof(struct say_args) },
    { 0 },
};

/* $rm, $rU, $msgid: texts; $avp(name): a stack; $ro: read-only. */
static err_t get_text(struct call *c, const struct var_ref *at, struct value *out)
{
    const struct uri *u;

    switch (at->var->tag) {
    case 0: *out = VALUE_OF_STR(c->msg->method_name); break;
    case 1:
        u = call_uri(c, NULL);
        *out = u && u->user.p ? VALUE_OF_STR(u->user) : VALUE_NONE;
        break;
    case 2: *out = VALUE_OF_STR(call_uri_text(c)); break;
    case 4: *out = VALUE_OF_INT((int64_t)c->serial); break;
    default: *out = VALUE_OF_INT(42); break;
    }
    return ERR_OK;
}

static err_t set_uri(struct call *c, const struct var_ref *at, const struct value *in)
{
    (void)at;
    return in->type == VALUE_STR ? call_set_uri(c, in->s) : ERR_TYPE;
}

static err_t get_avp(struct call *c, const struct var_ref *at, struct value *out)
{
    if (!avp_get(c->vars, AVP_PLAIN, var_key(c, at), var_index(c, at), out))
        *out = VALUE_NONE;
    return ERR_OK;
}

static err_t set_avp(struct call *c, const struct var_ref *at, const struct value *in)
{
    struct str key = var_key(c, at);

    if (in->type == VALUE_NULL)
        avp_remove(c->vars, AVP_PLAIN, key, 0);
    else
        avp_push(c->vars, AVP_PLAIN, key, in);
    return ERR_OK;
}

static err_t get_hdr(struct call *c, const struct var_ref *at, struct value *out)
{
    const struct header *h = msg_header_named(c->msg, var_key(c, at));

    if (!h)
        return ERR_NOT_FOUND;
    *out = VALUE_OF_STR(h->body);
    return ERR_OK;
}

static err_t prepare_strict(struct load *l, const struct var_ref *at, const void **prepared)
{
    (void)prepared;
    if (str_eq(at->key, STR("good")))
        return ERR_OK;
    load_fault(l, NULL, "expected $strict(good)");
    return ERR_SYNTAX;
}

static const struct variable fake_vars[] = {
    { .name = "rm", .doc = "Method.", .get = get_text },
    { .name = "rU", .doc = "User.", .get = get_text, .tag = 1 },
    { .name = "ru", .doc = "URI.", .get = get_text, .set = set_uri, .tag = 2 },
    { .name = "id", .doc = "Serial.", .get = get_text, .tag = 4 },
    { .name = "ro", .doc = "42.", .get = get_text, .tag = 3, .early = true },
    { .name = "avp", .doc = "AVP.", .get = get_avp, .set = set_avp, .key = true, .index = true },
    { .name = "hdr", .doc = "Header.", .get = get_hdr, .key = true, .index = true },
    { .name = "strict", .doc = "Strict.", .get = get_hdr, .key = true, .prepare = prepare_strict },
    { 0 },
};

struct select_args {
    int64_t index;
    struct str separator;
};
static err_t transform(struct call *c, const struct value *in, const void *args, struct value *out)
{
    struct str s = value_text(in, c->arena), part;
    const struct select_args *a = args;

    if (transform_tag() == 1) {
        *out = VALUE_OF_INT((int64_t)s.n);
        return ERR_OK;
    }
    for (int64_t i = 0; i <= a->index; i++)
        part = str_split(&s, a->separator.n ? a->separator.p[0] : ',');
    *out = VALUE_OF_STR(part);
    return ERR_OK;
}
static const struct field select_args_fields[] = {
    FIELD(select_args, index, "Which."),
    FIELD(select_args, separator, "What stands between.", .def = ","),
    { 0 },
};
static const struct transformation fake_transformations[] = {
    { .class = "s", .name = "len", .doc = "Length.", .run = transform, .tag = 1 },
    { .class = "s",
      .name = "select",
      .doc = "Part.",
      .run = transform,
      .args = select_args_fields,
      .args_size = sizeof(struct select_args) },
    { 0 },
};

struct fake_conf {
    int64_t number;
    bool flag;
    struct str text;
    struct str_list lines;
    const struct format *format;
    const struct var_ref *var;
    int64_t even;
};
static const struct field fake_conf_fields[] = {
    FIELD(fake_conf, number, "A number.", .def = "7", .min = 0, .max = 100,
          .aliases = (const char *const[]){ "num", NULL }),
    FIELD(fake_conf, flag, "A flag.", .def = "no"),
    FIELD(fake_conf, text, "A text.", .def = "abc"),
    FIELD(fake_conf, lines, "Texts.", .optional = true),
    FIELD(fake_conf, format, "A text with variables.", .optional = true),
    FIELD(fake_conf, var, "A variable.", .optional = true),
    FIELD(fake_conf, even, "An even number.", .def = "0"),
    { 0 },
};

static struct module_slot fake_slot, other_slot;

static err_t check_fake(struct load *l, void *conf)
{
    const struct fake_conf *f = conf;

    if (f->even % 2) {
        load_fault(l, "even", "expected an even number");
        return ERR_RANGE;
    }
    return ERR_OK;
}

static const struct module module_fake = {
    .abi = MODULE_ABI,
    .name = "fake",
    .doc = "A module for tests.",
    .slot = &fake_slot,
    .conf_size = sizeof(struct fake_conf),
    .params = fake_conf_fields,
    .funcs = fake_funcs,
    .vars = fake_vars,
    .transformations = fake_transformations,
    .check = check_fake,
};

/* ---- module "other": needs fake, and has a function and a variable of the same names ---- */

struct other_conf {
    int64_t number;
};
static const struct field other_conf_fields[] = {
    FIELD(other_conf, number, "A number.", .def = "1"),
    { 0 },
};
static int other_ready(struct call *c)
{
    (void)c;
    buf_addz(&said_buf, "other\n");
    return SCRIPT_TRUE;
}
EXPOSE0(other_ready)
static const struct func other_funcs[] = {
    FUNC0_NAMED("ready", other_ready, "Is ready."),
    FUNC0_NAMED("other_only", other_ready, "Is ready."),
    { 0 },
};
static const struct variable other_vars[] = {
    { .name = "other", .doc = "42.", .get = get_text, .tag = 3 },
    { 0 },
};
static const struct module module_other = {
    .abi = MODULE_ABI,
    .name = "other",
    .doc = "Another module for tests.",
    .needs = (const char *const[]){ "fake", NULL },
    .slot = &other_slot,
    .conf_size = sizeof(struct other_conf),
    .params = other_conf_fields,
    .funcs = other_funcs,
    .vars = other_vars,
};
__attribute__((unused)) static const struct module *const fake_modules[] = { &module_fake,
                                                                             &module_other, NULL };

/* ---- loading and running ---- */

__attribute__((unused)) static struct generation *load_text(const char *text, struct buf *why)
{
    struct generation *g = generation_new();
    struct load_options o = { .file = STR("test.cfg"), .text = str_of(text) };
    struct diagnostics *d = diagnostics_new();

    if (program_load(&o, g, d)) {
        diagnostics_print(d, why, false);
        obj_drop(g);
        g = NULL;
    }
    diagnostics_free(d);
    return g;
}

__attribute__((unused)) static const char test_message[] =
    "OPTIONS sip:bob@example.org;x=1 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK1\r\n"
    "From: <sip:Alice@a.org>;tag=1\r\nTo: <sip:bob@b.org>\r\n"
    "Call-ID: abc\r\nCSeq: 7 OPTIONS\r\nMax-Forwards: 70\r\n"
    "Subject: one,two,three\r\nContent-Length: 0\r\n\r\n";

/* Runs a block over the message; the code and the drop flag are returned. */
__attribute__((unused)) static uint64_t next_serial;
static int run_message_of(struct generation *g, const char *message, enum route kind,
                          const char *name, bool *drop)
{
    struct run *r = run_begin();
    int code;

    assert_err(msg_parse(str_of(message), &msg_default_limits, &r->arena, &r->msg, NULL), ERR_OK);
    r->call.msg = &r->msg;
    r->call.serial = next_serial++;
    r->call.gen = obj_hold(g);
    r->call.route = kind;
    r->call.from.proto = PROTO_UDP;
    assert_err(addr_parse(STR("127.0.0.1"), 5099, &r->call.from.peer), ERR_OK);
    code = program_run_route(&r->call, kind, name);
    if (drop)
        *drop = r->call.drop;
    run_end(r);
    return code;
}

__attribute__((unused)) static int run_route_of(struct generation *g, enum route kind,
                                                const char *name, bool *drop)
{
    return run_message_of(g, test_message, kind, name, drop);
}
