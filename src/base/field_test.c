/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/field.h"
#include "base/regex.h"
#include "base/test.h"

struct conf {
    int64_t number;
    bool flag;
    struct str text;
    struct duration wait, seconds;
    int mode;
    const struct regex *regex;
    const struct var_ref *var;
    const struct format *format;
    const struct route_ref *route;
    struct str_list list;
    struct value value;
};

static const char *const modes[] = { "off", "soft", "hard", NULL };
static const char *const old_names[] = { "nr", "num", NULL };
static const struct field fields[] = {
    FIELD(conf, number, "A number.", .def = "5", .min = 1, .max = 10, .aliases = old_names),
    FIELD(conf, flag, "A flag.", .def = "yes"),
    FIELD(conf, text, "A text.", .optional = true, .max = 8),
    FIELD(conf, wait, "A time.", .def = "2s"),
    FIELD(conf, seconds, "A time in seconds.", .def = "30", .unit_ms = 1000, .max = 60000),
    FIELD(conf, mode, "A choice.", .def = "soft", .choices = modes),
    FIELD(conf, regex, "A pattern.", .optional = true),
    FIELD(conf, var, "A variable.", .optional = true),
    FIELD(conf, format, "A format.", .optional = true),
    FIELD(conf, route, "A route.", .optional = true),
    FIELD(conf, list, "Many.", .optional = true),
    FIELD(conf, value, "Either.", .optional = true),
    { 0 },
};

static struct arena arena;
static struct field_env env = { .arena = &arena };
static char why_space[256];
static struct buf why;

static struct conf fresh(void)
{
    struct conf c;

    memset(&c, 0xff, sizeof c);
    fields_default(fields, &c, &env);
    return c;
}

static err_t set(struct conf *c, const char *name, struct value v)
{
    const struct field *f = field_find(fields, str_of(name));

    assert_non_null(f);
    buf_fixed(&why, why_space, sizeof why_space);
    return field_set(f, c, &v, &env, &why);
}

static err_t set_text(struct conf *c, const char *name, const char *text)
{
    return set(c, name, VALUE_OF_STR(str_of(text)));
}

static struct value get(const struct conf *c, const char *name)
{
    return field_get(field_find(fields, str_of(name)), c);
}

static void fills_in_defaults(void **state)
{
    struct conf c = fresh();

    (void)state;
    assert_true(c.number == 5 && c.flag && c.wait.ms == 2000 && c.seconds.ms == 30000);
    assert_int_equal(c.mode, 1);
    assert_true(!c.text.p && !c.regex && !c.var && !c.format && !c.route && !c.list.n);
    assert_int_equal(c.value.type, VALUE_NULL);
}

static void finds_fields_by_any_name(void **state)
{
    (void)state;
    assert_ptr_equal(field_find(fields, STR("num")), &fields[0]);
    assert_ptr_equal(field_find(fields, STR("mode")), &fields[5]);
    assert_null(field_find(fields, STR("other")));
    assert_null(field_find(NULL, STR("other")));
    for (unsigned t = FIELD_INT; t <= FIELD_VALUE; t++)
        assert_string_not_equal(field_type_name((enum field_type)t), "unknown");
}

static void takes_good_values(void **state)
{
    static const struct {
        const char *name, *text;
        int64_t want;
    } rows[] = {
        { "number", "10", 10 },     { "number", " 1 ", 1 },      { "flag", "off", 0 },
        { "flag", "Enabled", 1 },   { "flag", "0", 0 },          { "flag", "7", 1 },
        { "wait", "1500", 1500 },   { "wait", "3 h", 10800000 }, { "wait", "-1", -1 },
        { "wait", "1D", 86400000 }, { "seconds", "60", 60 },     { "seconds", "500ms", 0 },
        { "mode", "HARD", 2 },      { "mode", "0", 0 },
    };
    struct conf c = fresh();

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_err(set_text(&c, rows[i].name, rows[i].text), ERR_OK);
        assert_int_equal(get(&c, rows[i].name).i, rows[i].want);
    }
    assert_err(set(&c, "mode", VALUE_OF_INT(1)), ERR_OK);
    assert_int_equal(c.mode, 1);
    assert_err(set(&c, "text", VALUE_OF_INT(-12)), ERR_OK);
    assert_text(c.text, "-12");
    assert_err(set(&c, "value", VALUE_OF_INT(3)), ERR_OK);
    assert_int_equal(get(&c, "value").i, 3);
    assert_err(set_text(&c, "value", "three"), ERR_OK);
    assert_text(get(&c, "value").s, "three");
    assert_err(set_text(&c, "regex", "^a+$"), ERR_OK);
    assert_err(regex_match(c.regex, STR("aa"), NULL, 0), ERR_OK);
    assert_int_equal(get(&c, "regex").type, VALUE_NULL);
}

static void refuses_bad_values_and_keeps_the_old(void **state)
{
    static const struct {
        const char *name, *text;
        err_t e;
    } rows[] = {
        { "number", "0", ERR_RANGE },    { "number", "11", ERR_RANGE },
        { "number", "x", ERR_TYPE },     { "number", "99999999999999999999", ERR_RANGE },
        { "flag", "perhaps", ERR_TYPE }, { "text", "123456789", ERR_RANGE },
        { "wait", "5 weeks", ERR_TYPE }, { "wait", "", ERR_TYPE },
        { "wait", "s", ERR_TYPE },       { "wait", "1-2", ERR_TYPE },
        { "seconds", "61", ERR_RANGE },  { "seconds", "9223372036854775807", ERR_TYPE },
        { "mode", "3", ERR_TYPE },       { "mode", "loud", ERR_TYPE },
        { "regex", "(", ERR_SYNTAX },    { "var", "$x", ERR_TYPE },
        { "format", "x", ERR_TYPE },     { "route", "x", ERR_TYPE },
    };
    struct conf c = fresh(), before;

    (void)state;
    memcpy(&before, &c, sizeof c);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_err(set_text(&c, rows[i].name, rows[i].text), rows[i].e);
        assert_true(why.n > 0);
    }
    assert_err(set(&c, "number", VALUE_NONE), ERR_TYPE);
    assert_text(buf_str(&why), "expected an integer, got null");
    assert_err(set(&c, "regex", VALUE_OF_INT(3)), ERR_TYPE);
    assert_memory_equal(&before, &c, sizeof c);
}

static void collects_a_list(void **state)
{
    struct conf c = fresh();

    (void)state;
    assert_err(set_text(&c, "list", "one"), ERR_OK);
    assert_err(set_text(&c, "list", "two"), ERR_OK);
    assert_err(set(&c, "list", VALUE_OF_INT(3)), ERR_OK);
    assert_int_equal(c.list.n, 3);
    assert_text(c.list.items[0], "one");
    assert_text(get(&c, "list").s, "3");
}

static err_t any_var(void *ctx, struct str text, const struct var_ref **out, struct buf *reason)
{
    (void)reason;
    assert_text(text, "$x");
    *out = ctx;
    return ERR_OK;
}
static err_t any_format(void *ctx, struct str text, const struct format **out, struct buf *reason)
{
    (void)reason;
    assert_text(text, "7");
    *out = ctx;
    return ERR_OK;
}
static err_t any_route(void *ctx, struct str text, unsigned kind, const struct route_ref **out,
                       struct buf *reason)
{
    (void)reason;
    assert_text(text, "R");
    assert_int_equal(kind, 0);
    *out = ctx;
    return ERR_OK;
}

static void asks_the_floors_above(void **state)
{
    struct conf c = fresh();
    int thing;

    (void)state;
    env = (struct field_env){
        .ctx = &thing, .arena = &arena, .var = any_var, .format = any_format, .route = any_route
    };
    assert_err(set_text(&c, "var", "$x"), ERR_OK);
    assert_err(set(&c, "format", VALUE_OF_INT(7)), ERR_OK);
    assert_err(set_text(&c, "route", "R"), ERR_OK);
    assert_ptr_equal(c.var, &thing);
    assert_ptr_equal(c.format, &thing);
    assert_ptr_equal(c.route, &thing);
    env = (struct field_env){ .arena = &arena };
}

static void works_without_an_arena(void **state)
{
    struct conf c = fresh();
    struct value text = VALUE_OF_STR(STR("abc")), number = VALUE_OF_INT(5);

    (void)state;
    buf_fixed(&why, why_space, sizeof why_space);
    assert_err(field_set(&fields[2], &c, &text, NULL, &why), ERR_OK);
    assert_ptr_equal(c.text.p, text.s.p);
    assert_err(field_set(&fields[2], &c, &number, NULL, &why), ERR_TYPE);
    assert_err(field_set(&fields[10], &c, &text, NULL, &why), ERR_TYPE);
}

int main(void)
{
    int failed;

    arena_init(&arena, MEM_OTHER, 0);
    failed = TEST_RESULT(fills_in_defaults, finds_fields_by_any_name, takes_good_values,
                         refuses_bad_values_and_keeps_the_old, collects_a_list,
                         asks_the_floors_above, works_without_an_arena);
    arena_free(&arena);
    return failed;
}
