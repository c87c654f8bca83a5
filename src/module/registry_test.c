/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "module/registry.h"

struct args {
    int64_t limit;
    struct str text;
    struct str_list rest;
};
struct conf {
    int64_t size;
};

static int act(struct call *c, const struct args *a)
{
    (void)c;
    return a->limit > 0 ? SCRIPT_TRUE : SCRIPT_FALSE;
}
EXPOSE(act, args)

static int rest(struct call *c)
{
    (void)c;
    return SCRIPT_TRUE;
}
EXPOSE0(rest)

static const struct field args_fields[] = {
    FIELD(args, limit, "A limit.", .def = "5"),
    FIELD(args, text, "A text.", .optional = true),
    FIELD(args, rest, "More.", .rest = true),
    { 0 },
};
static const struct func funcs[] = {
    FUNC(act, args, "Acts."),
    FUNC0(rest, "Rests."),
    { 0 },
};
static const struct field params[] = {
    FIELD(conf, size, "A size.", .def = "16"),
    { 0 },
};
static const struct stat_decl stats[] = {
    { "one", "acts", "How often it acted.", .gauge = false },
    { 0 },
};
static struct {
    struct module_slot slot;
} self;

static const struct module module_one = {
    .abi = MODULE_ABI,
    .name = "one",
    .doc = "The first module.",
    .slot = &self.slot,
    .conf_size = sizeof(struct conf),
    .params = params,
    .funcs = funcs,
    .stats = stats,
};
static struct module_slot slot_two;
static const struct module module_two = {
    .abi = MODULE_ABI, .name = "two", .doc = "The second module.", .slot = &slot_two
};
static const struct module *const modules[] = { &module_one, &module_two, NULL };

static char why_space[4096];
static struct buf why;

static size_t faults(const struct module *m, const char *expected)
{
    size_t n;

    buf_fixed(&why, why_space, sizeof why_space);
    n = module_check(m, &why);
    if (expected && str_search(buf_str(&why), str_of(expected)) == why.n)
        fail_msg("\"%s\" is not in: %.*s", expected, STR_ARG(buf_str(&why)));
    return n;
}

static void finds_modules_by_any_form_of_the_name(void **state)
{
    static const char *const names[] = { "one", "one.so", "/usr/lib/x/one.so", "modules/one" };
    const struct module *m;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_err(registry_find(str_of(names[i]), STR_NONE, &m, &why), ERR_OK);
        assert_ptr_equal(m, &module_one);
    }
    assert_ptr_equal(registry_at(1), &module_two);
    assert_null(registry_at(2));
}

static void tells_what_is_not_there(void **state)
{
    const struct module *m;

    (void)state;
    buf_fixed(&why, why_space, sizeof why_space);
    assert_err(registry_find(STR("three.so"), STR("/nowhere::/nor/here"), &m, &why), ERR_NOT_FOUND);
    assert_text(buf_str(&why), "there is no module \"three\"");
    assert_err(registry_find(STR(""), STR("/"), &m, &why), ERR_NOT_FOUND);
    assert_err(registry_find(STR("/nowhere/three.so"), STR_NONE, &m, &why), ERR_NOT_FOUND);
}

static void gives_slots_once(void **state)
{
    (void)state;
    registry_activate(&module_two);
    registry_activate(&module_one);
    registry_activate(&module_two);
    assert_int_equal(registry_slots(), 2);
    assert_int_equal(slot_two.index, 0);
    assert_int_equal(self.slot.index, 1);
    assert_ptr_equal(stat_at(self.slot.stat_base), &stats[0]);
}

static void calls_typed_functions(void **state)
{
    struct args a = { .limit = 1 };

    (void)state;
    assert_int_equal(funcs[0].run(NULL, &a), SCRIPT_TRUE);
    assert_int_equal(funcs[1].run(NULL, NULL), SCRIPT_TRUE);
}

static void finds_nothing_wrong_with_good_tables(void **state)
{
    (void)state;
    assert_int_equal(faults(&module_one, NULL), 0);
    assert_int_equal(faults(&module_two, NULL), 0);
}

static void refuses_a_poor_head(void **state)
{
    struct module m = module_two;

    (void)state;
    m.abi = 99;
    assert_int_equal(faults(&m, "another version"), 1);
    m = module_two;
    m.doc = "";
    m.slot = NULL;
    m.params = params;
    assert_int_equal(faults(&m, "no documentation"), 4);
    assert_int_equal(faults(&m, "no slot"), 4);
    assert_int_equal(faults(&m, "no configuration"), 4);
    m.name = NULL;
    assert_int_equal(faults(&m, "without a name"), 1);
}

static void refuses_poor_fields(void **state)
{
    static const char *const none[] = { NULL };
    static const struct {
        struct field table[3];
        const char *expected;
    } rows[] = {
        { { FIELD(args, limit, "A limit.", .def = "many") }, "expected an integer" },
        { { FIELD(args, limit, "A limit.", .def = "5", .min = 6, .max = 9) }, "from 6 to 9" },
        { { FIELD(args, limit, "") }, "no documentation" },
        { { FIELD_NAMED(args, limit, "two words", "A limit.") }, "no proper name" },
        { { FIELD(args, limit, "A limit."), FIELD(args, limit, "A limit.") }, "there twice" },
        { { FIELD(args, rest, "More.", .rest = true), FIELD(args, limit, "A limit.", .def = "1") },
          "takes the rest" },
        { { FIELD(args, text, "A text.", .optional = true), FIELD(args, limit, "A limit.") },
          "required behind" },
        { { { "mode", "A mode.", .type = FIELD_CHOICE, .choices = none } }, "no choices" },
        { { { "far", "Too far.", .type = FIELD_INT, .at = 1000 } }, "outside" },
        { { FIELD(args, limit, "A limit.", .min = 5, .max = 3) }, "range without" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct func bad[2] = { FUNC(act, args, "Acts.") };
        struct module m = module_two;

        bad[0].args = rows[i].table;
        m.funcs = bad;
        assert_int_equal(faults(&m, rows[i].expected), 1);
    }
}

static err_t get_nothing(struct call *c, const struct var_ref *at, struct value *out)
{
    (void)c;
    (void)at;
    (void)out;
    return ERR_NOT_FOUND;
}

static void refuses_the_same_name_twice(void **state)
{
    static const char *const aliases[] = { "rest", NULL };
    static const struct func double_funcs[] = {
        FUNC(act, args, "Acts.", .aliases = aliases),
        FUNC0(rest, "Rests."),
        { 0 },
    };
    static const struct variable vars[] = {
        { .name = "x", .doc = "An x.", .get = get_nothing },
        { .name = "x", .doc = "An x.", .get = get_nothing },
        { .name = "y", .doc = "No getter." },
        { 0 },
    };
    static const struct transformation transformations[] = {
        { .class = "s", .name = "len", .doc = "Its length." },
        { 0 },
    };
    static const struct rpc_method methods[] = {
        { .name = "one.list", .doc = "Lists." },
        { 0 },
    };
    struct module m = module_two;

    (void)state;
    m.funcs = double_funcs;
    assert_int_equal(faults(&m, "function rest: is there twice"), 1);
    m = module_two;
    m.vars = vars;
    assert_int_equal(faults(&m, "variable x: is there twice"), 2);
    m = module_two;
    m.transformations = transformations;
    m.methods = methods;
    assert_int_equal(faults(&m, "cannot be run"), 2);
}

int main(void)
{
    registry_init(modules);
    registry_init(modules); /* harmless */
    TEST_RUN(finds_modules_by_any_form_of_the_name, tells_what_is_not_there, gives_slots_once,
             calls_typed_functions, finds_nothing_wrong_with_good_tables, refuses_a_poor_head,
             refuses_poor_fields, refuses_the_same_name_twice);
}
