/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands really run here, on a real worker. */
#include "base/test.h"
#include "modules/exec/command.h"
#include "modules/exec/environment.h"
#include "modules/script_test.h"
#include "rt/worker.h"
#include <signal.h>

static err_t run(void *arg)
{
    return command_run(arg);
}

static err_t ran(struct command *cmd)
{
    return worker_call(worker_at(0), run, cmd);
}

static void collects_what_a_command_says(void **state)
{
    struct buf out;
    struct command cmd = { .line = STR("cat; echo done; exit 3"), .output = &out };
    static char big[300000];

    (void)state;
    memset(big, 'x', sizeof big);
    cmd.input = (struct str){ big, sizeof big };
    buf_init(&out, MEM_OTHER);
    assert_err(ran(&cmd), ERR_OK);
    assert_false(command_succeeded(&cmd));
    assert_int_equal(out.n, sizeof big + 5);
    buf_clear(&out);
    cmd = (struct command){ .line = STR("true"), .input = cmd.input, .output = &out };
    assert_err(ran(&cmd), ERR_OK);
    assert_true(command_succeeded(&cmd));
    buf_free(&out);
}

static void keeps_no_more_than_it_may(void **state)
{
    struct buf out;
    struct command cmd = { .line = STR("head -c 3000000 /dev/zero"), .output = &out };

    (void)state;
    buf_init(&out, MEM_OTHER);
    assert_err(ran(&cmd), ERR_OK);
    assert_true(command_succeeded(&cmd));
    assert_true(out.n >= COMMAND_OUTPUT_MAX && out.n < COMMAND_OUTPUT_MAX + 8192);
    buf_free(&out);
}

static void kills_what_takes_too_long(void **state)
{
    struct command cmd = { .line = STR("sleep 60 & wait"), .time_ms = 30 };

    (void)state;
    assert_err(ran(&cmd), ERR_TIMEOUT);
    assert_false(command_succeeded(&cmd));
}

static const char *value_in(char *const *env, const char *name)
{
    size_t n = strlen(name);

    for (; *env; env++)
        if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
            return *env + n + 1;
    return "(none)";
}

static void shows_the_message_in_the_environment(void **state)
{
    struct generation *g = generation_new();
    struct run *r = script_run_begin(g);
    char *const *env = environment_of(&r->call, true);

    (void)state;
    assert_string_equal(value_in(env, "SIP_HF_X_FOO"), "first,second");
    assert_string_equal(value_in(env, "SIP_HF_CALLID"), "abc");
    assert_string_equal(value_in(env, "SIP_HF_MAX_FORWARDS"), "70");
    assert_string_equal(value_in(env, "SIP_SRCIP"), "127.0.0.1");
    assert_string_equal(value_in(env, "SIP_RURI"), "sip:bob@example.org;x=1");
    assert_string_equal(value_in(env, "SIP_OUSER"), "bob");
    assert_string_equal(value_in(env, "SIP_DID"), "");
    r->msg.headers[0].body = STR("() { :;}; true");
    assert_string_equal(value_in(environment_of(&r->call, true), "SIP_HF_VIA"), " () { :;}; true");
    assert_string_equal(value_in(environment_of(&r->call, false), "SIP_HF_VIA"), "() { :;}; true");
    run_end(r);
    obj_drop(g);
}

static err_t nothing(void *arg)
{
    (void)arg;
    return ERR_OK;
}

int main(void)
{
    int failed;

    signal(SIGPIPE, SIG_IGN); /* as the server does */
    workers_init(1);
    if (workers_start(nothing, NULL))
        return 1;
    failed = TEST_RESULT(collects_what_a_command_says, keeps_no_more_than_it_may,
                         kills_what_takes_too_long, shows_the_message_in_the_environment);
    workers_stop(2000);
    return failed;
}
