/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "core/cfg.h"

static struct arena arena;

static struct str text(const char *group, const char *name)
{
    struct value v = VALUE_NONE;

    if (cfg_get(str_of(group), str_of(name), &arena, &v))
        return STR("none");
    return value_text(&v, &arena);
}

static err_t set(const char *group, const char *name, struct value v)
{
    char space[200];
    struct buf why;

    buf_fixed(&why, space, sizeof space);
    return cfg_set(str_of(group), str_of(name), &v, &why);
}

static void declare(int64_t a, const char *b)
{
    cfg_declare_begin();
    if (a)
        cfg_declare(STR("my"), STR("a"), &VALUE_OF_INT(a), STR("A."));
    if (b)
        cfg_declare(STR("my"), STR("b"), &VALUE_OF_STR(str_of(b)), STR_NONE);
    cfg_declare_end();
}

static void keeps_changed_values_over_a_reload(void **state)
{
    (void)state;
    declare(5, "x");
    assert_text(text("my", "a"), "5");
    assert_text(text("my", "b"), "x");
    assert_err(set("my", "a", VALUE_OF_STR(STR("7"))), ERR_OK);
    assert_err(set("my", "b", VALUE_OF_STR(STR("y"))), ERR_OK);
    declare(5, "z");
    assert_text(text("my", "a"), "7");
    assert_text(text("my", "b"), "z");
    declare(0, "z");
    assert_text(text("my", "a"), "none");
    declare(0, NULL);
}

static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    declare(5, "x");
    assert_err(set("my", "a", VALUE_OF_STR(STR("seven"))), ERR_TYPE);
    assert_err(set("my", "b", VALUE_OF_INT(1)), ERR_TYPE);
    assert_err(set("my", "c", VALUE_OF_INT(1)), ERR_NOT_FOUND);
    assert_text(text("my", "a"), "5");
    declare(0, NULL);
}

static void changes_parameters_of_the_core(void **state)
{
    struct generation *g = generation_new();
    struct core_conf *conf = arena_zalloc(&g->arena, sizeof *conf);
    struct field_env env = { .arena = &g->arena };

    (void)state;
    fields_default(core_conf_fields, conf, &env);
    g->core = conf;
    generation_publish(g);
    assert_text(text("core", "max_while_loops"), "100");
    assert_err(set("core", "max_while_loops", VALUE_OF_INT(7)), ERR_OK);
    assert_int_equal(conf->max_while_loops, 7);
    assert_err(set("core", "max_while_loops", VALUE_OF_STR(STR("x"))), ERR_TYPE);
    assert_err(set("core", "children", VALUE_OF_INT(7)), ERR_NOT_FOUND);
    generation_end();
}

int main(void)
{
    arena_init(&arena, MEM_CONFIG, 1024);
    workers_init(1);
    TEST_RUN(keeps_changed_values_over_a_reload, refuses_what_does_not_fit,
             changes_parameters_of_the_core);
}
