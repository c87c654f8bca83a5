/* SPDX-License-Identifier: BSD-2-Clause */
/* Scripts that wait: each finds its variables as it left them. */
#include "rt/sim.h"
#include "script/test.h"

static void run_it(void *arg)
{
    run_route_of(arg, ROUTE_REQUEST, NULL, NULL);
}

static void keeps_variables_over_a_suspension(void **state)
{
    struct generation *g;
    struct buf why;

    (void)state;
    buf_init(&why, MEM_OTHER);
    g = load_text("loadmodule \"fake\"\n"
                  "request_route { $var(own) = $id; $var(text) = \"t\" + $id;\n"
                  "  if ($id < 3) pause_ms(50);\n"
                  "  route(DEEP); say(\"$id $var(own) $var(text)\"); }\n"
                  "route[DEEP] { if (pause_ms(10)) $var(n) = \"late\"; }\n",
                  &why);
    assert_non_null(g);
    said_begin();
    next_serial = 1;
    sim_begin(1, 1);
    for (int i = 0; i < 4; i++)
        sim_spawn(0, run_it, g);
    sim_run_until(sim_now_ms() + 1000);
    assert_text(buf_str(&said_buf), "3 3 t3\n4 4 t4\n1 1 t1\n2 2 t2\n");
    sim_end();
    obj_drop(g);
    buf_free(&why);
}

static void count_up(void *arg)
{
    run_route_of(arg, ROUTE_REQUEST, NULL, NULL);
    run_route_of(arg, ROUTE_REQUEST, NULL, NULL);
}

static void keeps_variables_apart_by_worker(void **state)
{
    struct generation *g;
    struct buf why;

    (void)state;
    buf_init(&why, MEM_OTHER);
    g = load_text("loadmodule \"fake\"\n"
                  "request_route { $var(up) = $var(up) + 1; say(\"$var(up)\"); }\n",
                  &why);
    assert_non_null(g);
    said_begin();
    sim_begin(2, 1);
    sim_spawn(0, count_up, g);
    sim_settle();
    sim_spawn(1, count_up, g);
    sim_settle();
    assert_text(buf_str(&said_buf), "1\n2\n1\n2\n");
    sim_end();
    obj_drop(g);
    buf_free(&why);
}

static void inner(struct call *c, void *arg)
{
    (void)arg;
    c->msg = NULL;
    program_run_route(c, ROUTE_EVENT, "test:inner");
}

static int outer_event(struct call *c)
{
    struct run *r = run_begin();

    r->call.gen = obj_hold(c->gen);
    inner(&r->call, NULL);
    run_end(r);
    return SCRIPT_TRUE;
}
EXPOSE0(outer_event)

static const struct func event_funcs[] = {
    FUNC0(outer_event, "Runs an event route in a call of its own."),
    { 0 },
};
static struct module_slot event_slot;
static const struct module module_event = {
    .abi = MODULE_ABI, .name = "event", .doc = "Events.", .slot = &event_slot, .funcs = event_funcs
};

static void shares_variables_with_what_runs_inside(void **state)
{
    struct generation *g;
    struct buf why;

    (void)state;
    buf_init(&why, MEM_OTHER);
    g = load_text("loadmodule \"fake\"\nloadmodule \"event\"\n"
                  "request_route { $var(shared) = \"a\"; outer_event(); say(\"$var(shared)\"); }\n"
                  "event_route[test:inner] { $var(shared) = $var(shared) + \"b\"; }\n",
                  &why);
    if (!g)
        print_error(STR_FMT, STR_ARG(buf_str(&why)));
    assert_non_null(g);
    said_begin();
    sim_begin(1, 1);
    sim_spawn(0, run_it, g);
    sim_settle();
    sim_spawn(0, run_it, g);
    sim_settle();
    assert_text(buf_str(&said_buf), "ab\nab\n");
    sim_end();
    obj_drop(g);
    buf_free(&why);
}

int main(void)
{
    static const struct module *const all[] = { &module_fake, &module_other, &module_event, NULL };

    registry_init(all);
    log_set_level(LOG_NONE);
    TEST_RUN(keeps_variables_over_a_suspension, keeps_variables_apart_by_worker,
             shares_variables_with_what_runs_inside);
}
