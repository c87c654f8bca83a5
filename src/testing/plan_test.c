/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "testing/plan.h"

#define HEAD "config a.cfg\npeers alice bob\n"

/* Reads a file; the number of its faults. */
static size_t read_plan(struct plan *p, const char *text)
{
    plan_init(p);
    plan_read(p, STR("a.test"), str_of(text));
    return diagnostics_faults(p->diag);
}

static size_t count_variants(const struct plan *p)
{
    size_t n = 0;

    for (const struct variant *v = p->variants; v; v = v->next)
        n++;
    return n;
}

static void makes_a_test_of_each_value(void **state)
{
    static const char *const names[] = { "A 1", "A 2", "B c 1", "B c 2" };
    struct plan p;
    size_t i = 0;

    (void)state;
    assert_int_equal(read_plan(&p, HEAD "for x = A, \"B c\" {\nfor y = 1, 2 {\n"
                                        "test \"${x} ${y}\" {\n}\n}\n}\n"),
                     0);
    assert_int_equal(p.n_tests, 4);
    for (const struct test *t = p.tests; t; t = t->next)
        assert_true(str_eq(t->name, str_of(names[i++])));
    assert_int_equal(count_variants(&p), 1);
    plan_free(&p);
}

static void compiles_alike_configurations_once(void **state)
{
    struct plan p;

    (void)state;
    assert_int_equal(read_plan(&p, HEAD
                               "test \"a\" {\n}\nwith X {\ntest \"b\" {\n}\ntest \"c\" {\n}\n}\n"
                               "with X {\ntest \"d\" {\n}\n}\nwith X=1 {\ntest \"e\" {\n}\n}\n"
                               "test \"f\" {\nstub g returns 1\n}\n"),
                     0);
    assert_int_equal(p.n_tests, 6);
    assert_int_equal(count_variants(&p), 3); /* none, X, X=1 */
    plan_free(&p);
}

static void undoes_declarations_behind_their_block(void **state)
{
    struct plan p;

    (void)state;
    assert_int_equal(read_plan(&p, HEAD
                               "with X {\npeers carol\ntest \"a\" {\ncarol -> OPTIONS sip:x\n}\n}\n"
                               "test \"b\" {\ncarol -> OPTIONS sip:x\n}\n"),
                     1);
    plan_free(&p);
}

static void does_setups_from_the_outside_inwards(void **state)
{
    struct plan p;
    const struct step *s;

    (void)state;
    assert_int_equal(read_plan(&p, HEAD "setup {\nafter 1 s\n}\nwith X {\nsetup {\nafter 2 s\n}\n"
                                        "test \"a\" {\nafter 3 s\n}\n}\n"),
                     0);
    s = p.tests->steps;
    for (int64_t ms = 1000; ms <= 3000; ms += 1000, s = s->next)
        assert_int_equal(s->ms, ms);
    assert_null(s);
    plan_free(&p);
}

static void reads_what_is_sent(void **state)
{
    struct plan p;
    const struct wish *w;

    (void)state;
    assert_int_equal(read_plan(&p, HEAD "test \"a\" {\nalice -> INVITE sip:b@c call=2 auth u:p {\n"
                                        "X-A: 1\nno Contact\nbody {\n  one\n    two\n}\n}\n"
                                        "alice -> BYE\nbob -> 486 \"Busy\" INVITE\n}\n"),
                     0);
    w = &p.tests->steps->wish;
    assert_true(str_eq(w->what, STR("INVITE")) && str_eq(w->uri, STR("sip:b@c")));
    assert_true(str_eq(w->user, STR("u")) && str_eq(w->password, STR("p")));
    assert_true(str_eq(w->with[0], STR("X-A: 1")) && str_eq(w->without[0], STR("Contact")));
    assert_true(str_eq(w->body, STR("one\r\n  two\r\n")));
    assert_false(w->in_dialog);
    w = &p.tests->steps->next->wish;
    assert_true(w->in_dialog);
    w = &p.tests->steps->next->next->wish;
    assert_true(str_eq(w->reason, STR("Busy")) && str_eq(w->of, STR("INVITE")));
    plan_free(&p);
}

static void stops_where_steps_do_themselves(void **state)
{
    struct plan p;

    (void)state;
    assert_true(read_plan(&p, HEAD "steps \"a\" {\ndo \"b\"\n}\nsteps \"b\" {\ndo \"b\"\n}\n"
                                   "test \"t\" {\ndo \"b\"\n}\n") > 0);
    plan_free(&p);
}

int main(void)
{
    TEST_RUN(makes_a_test_of_each_value, compiles_alike_configurations_once,
             undoes_declarations_behind_their_block, does_setups_from_the_outside_inwards,
             reads_what_is_sent, stops_where_steps_do_themselves);
}
