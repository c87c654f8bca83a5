/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "server/options.h"

enum { ARGS_MAX = 32 };

/* What was read last; its arrays live for good, as in the server, so all are kept. */
static struct options kept[32];
static size_t n_kept;
static struct options *last;

/* Splits at blanks; the program's name stands before. */
static bool read_options(const char *line)
{
    static char text[256];
    static char name[] = "tandem";
    char *argv[ARGS_MAX] = { name };
    int argc = 1;

    snprintf(text, sizeof text, "%s", line);
    for (char *at = strtok(text, " "); at && argc < ARGS_MAX - 1; at = strtok(NULL, " "))
        argv[argc++] = at;
    assert_true(n_kept < sizeof kept / sizeof *kept);
    last = &kept[n_kept++];
    return options_read(argc, argv, last);
}

static void reads_what_a_server_is_started_with(void **state)
{
    (void)state;
    assert_true(
        read_options("-f a.cfg -DD -E -l udp:127.0.0.1:5060 -l tcp:127.0.0.1:5060 -n 3 -m 64 "
                     "-M 8 -P pid -u nobody"));
    assert_int_equal(last->action, ACTION_RUN);
    assert_int_equal(last->mode, DAEMON_FOREGROUND);
    assert_true(str_eq(last->load.file, STR("a.cfg")));
    assert_int_equal(last->load.n_listens, 2);
    assert_true(str_eq(last->load.listens[1], STR("tcp:127.0.0.1:5060")));
    assert_int_equal(last->workers, 3);
    assert_int_equal(last->shared_mb, 64);
    assert_int_equal(last->private_mb, 8);
    assert_true(last->log_stderror);
    assert_string_equal(last->user, "nobody");
}

static void reads_what_changes_the_configuration(void **state)
{
    (void)state;
    assert_true(
        read_options("-c -A WITH_AUTH -A URL=\"x\" --loadmodule db_sqlite "
                     "--modparam=tm:fr_timer:i:5000 --modparam=a|b:c:s:d:e --substdef=/a/b/g -T "
                     "--debug=3 -ddd --log-engine=udp:127.0.0.1:9"));
    assert_int_equal(last->action, ACTION_CHECK);
    assert_int_equal(last->load.n_defines, 2);
    assert_true(str_eq(last->load.defines[0].name, STR("WITH_AUTH")));
    assert_int_equal(last->load.defines[0].value.n, 0);
    assert_true(str_eq(last->load.defines[1].value, STR("\"x\"")));
    assert_true(str_eq(last->load.modules[0], STR("db_sqlite")));
    assert_true(last->load.modparams[0].number);
    assert_true(str_eq(last->load.modparams[1].module, STR("a|b")));
    assert_true(str_eq(last->load.modparams[1].value, STR("d:e")));
    assert_string_equal(last->load.subst_kinds[0], "substdef");
    assert_int_equal(last->load.n_settings, 5);
    assert_true(str_eq(last->load.settings[0].name, STR("disable_tcp")));
    assert_true(str_eq(last->load.settings[2].value, STR("udp")));
    assert_true(str_eq(last->load.settings[3].name, STR("log_engine_data")));
    assert_true(str_eq(last->load.settings[3].value, STR("127.0.0.1:9")));
    assert_true(str_eq(last->load.settings[4].value, STR("3")));
}

static void accepts_what_has_no_meaning_here(void **state)
{
    (void)state;
    assert_true(read_options("-N 4 -Q 2 -S -W epoll_lt -O 1 -x qm -X fm --all-errors --atexit=no"));
    assert_int_equal(last->action, ACTION_RUN);
}

static void refuses_the_rest(void **state)
{
    static const char *const bad[] = {
        "-n zero", "-n 0", "-m", "--modparam=tm:x", "stray", "--nonsense", "--modparam=a:b:q:c",
        "-m -5"
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(read_options(bad[i]));
}

int main(void)
{
    TEST_RUN(reads_what_a_server_is_started_with, reads_what_changes_the_configuration,
             accepts_what_has_no_meaning_here, refuses_the_rest);
}
