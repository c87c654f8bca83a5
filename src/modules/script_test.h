/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For tests of modules by what scripts see of them: a table of statements, each with an expression
 * and what it must come to. They run over one message, on a coroutine in virtual time.
 */
#pragma once
#include "base/test.h"
#include "core/run.h"
#include "module/registry.h"
#include "rt/sim.h"
#include "script/program.h"
#include "sip/message.h"
#include <stdlib.h>

struct script_row {
    const char *statements; /* may be empty */
    const char *expression; /* text with variables */
    const char *want;
};

static const char script_message[] =
    "INVITE sip:bob@example.org;x=1 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK1\r\n"
    "From: \"Alice\" <sip:Alice@a.org>;tag=1\r\nTo: <sip:bob@b.org>\r\n"
    "Call-ID: abc\r\nCSeq: 7 INVITE\r\nMax-Forwards: 70\r\n"
    "Subject: one,two,three\r\nContact: <sip:alice@127.0.0.1:5099>\r\n"
    "X-Foo: first\r\nX-Bar: bar;p=1\r\nX-Foo: second\r\n"
    "Content-Type: text/plain\r\nContent-Length: 13\r\n\r\nhello world\r\n";

static struct {
    struct generation *gen;
    const struct script_row *rows;
    size_t n, wrong;
} script;

/* Loads a configuration; its faults are printed and fail the test. The modules it loads are started
 * once in a process. */
static inline struct generation *script_load(const char *text)
{
    static const struct module *started[32];
    static size_t n_started;
    static bool known;
    struct generation *g = generation_new();
    struct load_options o = { .file = STR("test.cfg"), .text = str_of(text) };
    struct diagnostics *d = diagnostics_new();
    struct buf why;

    if (!known)
        registry_init(linked_modules);
    known = true;
    if (program_load(&o, g, d)) {
        buf_init(&why, MEM_OTHER);
        diagnostics_print(d, &why, false);
        print_error(STR_FMT, STR_ARG(buf_str(&why)));
        buf_free(&why);
        obj_drop(g);
        g = NULL;
    }
    diagnostics_free(d);
    if (!g)
        return NULL;
    g->number = 1;
    call_upcalls.run_route = program_run_route;
    call_upcalls.has_route = program_has_route;
    generation_publish(obj_hold(g));
    for (size_t i = 0; i < g->n_modules; i++) {
        const struct module *m = g->modules[i];
        bool done = false;

        for (size_t k = 0; k < n_started; k++)
            done |= started[k] == m;
        if (!done && m->start)
            assert_err(m->start(g->confs[m->slot->index]), ERR_OK);
        if (!done)
            started[n_started++] = m;
        if (m->adopt)
            m->adopt(g->confs[m->slot->index]);
    }
    return g;
}

static inline void script_workers_stop(void *arg)
{
    const struct generation *g = arg;

    for (size_t i = 0; i < g->n_modules; i++)
        if (g->modules[i]->worker_stop)
            g->modules[i]->worker_stop();
    program_worker_stop();
}

static inline struct run *script_run_begin(struct generation *g)
{
    struct run *r = run_begin();

    assert_err(msg_parse(str_of(script_message), &msg_default_limits, &r->arena, &r->msg, NULL),
               ERR_OK);
    r->call.msg = &r->msg;
    r->call.gen = obj_hold(g);
    r->call.route = ROUTE_REQUEST;
    r->call.from.proto = PROTO_UDP;
    assert_err(addr_parse(STR("127.0.0.1"), 5099, &r->call.from.peer), ERR_OK);
    return r;
}

/* Each row in a run of its own. */
static inline void script_rows_run(void *unused)
{
    (void)unused;
    for (size_t i = 0; i < script.n; i++) {
        struct run *r = script_run_begin(script.gen);
        char name[32];
        struct value v = VALUE_NONE;
        struct str got;

        snprintf(name, sizeof name, "T%zu", i);
        (void)program_run_route(&r->call, ROUTE_REQUEST, name);
        (void)avp_get(r->call.vars, AVP_PLAIN, STR("result"), 0, &v);
        got = value_text(&v, r->call.arena);
        if (!str_eq(got, str_of(script.rows[i].want))) {
            print_error("%s;; %s\n  got \"" STR_FMT "\", want \"%s\"\n", script.rows[i].statements,
                        script.rows[i].expression, STR_ARG(got), script.rows[i].want);
            script.wrong++;
        }
        run_end(r);
    }
}

static inline void script_workers_begin(void *arg)
{
    const struct generation *g = arg;

    for (size_t i = 0; i < g->n_modules; i++)
        if (g->modules[i]->worker_start)
            assert_err(g->modules[i]->worker_start(g->confs[g->modules[i]->slot->index]), ERR_OK);
}

/* `head` loads the modules (pv is there already) and may declare routes. */
static inline void script_check(const char *head, const struct script_row *rows, size_t n)
{
    struct buf text;

    buf_init(&text, MEM_OTHER);
    buf_fmt(&text, "loadmodule \"pv.so\"\n%s\nrequest_route { exit; }\n", head);
    for (size_t i = 0; i < n; i++)
        buf_fmt(&text, "route[T%zu] { %s; pv_evalx(\"$avp(result)\", \"%s\"); }\n", i,
                *rows[i].statements ? rows[i].statements : "$var(unused) = 0", rows[i].expression);
    buf_char(&text, '\0');
    sim_begin(1, 7);
    script.gen = script_load(text.p);
    assert_non_null(script.gen);
    script.rows = rows;
    script.n = n;
    script.wrong = 0;
    sim_spawn(0, script_workers_begin, script.gen);
    sim_settle();
    sim_spawn(0, script_rows_run, NULL);
    sim_run_until(sim_now_ms() + 10000);
    assert_int_equal(script.wrong, 0);
    sim_spawn(0, script_workers_stop, script.gen);
    sim_settle();
    generation_end();
    obj_drop(script.gen);
    sim_end();
    buf_free(&text);
}
#define SCRIPT_CHECK(head, rows) script_check((head), (rows), sizeof(rows) / sizeof *(rows))
