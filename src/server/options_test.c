/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "server/options.h"

enum { ARGS_MAX = 32 };

/* Splits at blanks; the program's name stands before. */
static bool read_line(const char *line, struct options *o)
{
    static char text[256];
    static char name[] = "tandem";
    char *argv[ARGS_MAX] = { name };
    int argc = 1;

    snprintf(text, sizeof text, "%s", line);
    for (char *at = strtok(text, " "); at && argc < ARGS_MAX - 1; at = strtok(NULL, " "))
        argv[argc++] = at;
    return options_read(argc, argv, o);
}

static void reads_what_a_server_is_started_with(void **state)
{
    struct options o;

    (void)state;
    assert_true(read_line("-f a.cfg -DD -E -l udp:127.0.0.1:5060 -l tcp:127.0.0.1:5060 -n 3 -m 64 "
                          "-M 8 -P pid -u nobody",
                          &o));
    assert_int_equal(o.action, ACTION_RUN);
    assert_int_equal(o.mode, DAEMON_FOREGROUND);
    assert_true(str_eq(o.load.file, STR("a.cfg")));
    assert_int_equal(o.load.n_listens, 2);
    assert_true(str_eq(o.load.listens[1], STR("tcp:127.0.0.1:5060")));
    assert_int_equal(o.workers, 3);
    assert_int_equal(o.shared_mb, 64);
    assert_int_equal(o.private_mb, 8);
    assert_true(o.log_stderror);
    assert_string_equal(o.user, "nobody");
}

static void reads_what_changes_the_configuration(void **state)
{
    struct options o;

    (void)state;
    assert_true(
        read_line("-c -A WITH_AUTH -A URL=\"x\" --loadmodule db_sqlite "
                  "--modparam=tm:fr_timer:i:5000 --modparam=a|b:c:s:d:e --substdef=/a/b/g -T "
                  "--debug=3 -ddd",
                  &o));
    assert_int_equal(o.action, ACTION_CHECK);
    assert_int_equal(o.load.n_defines, 2);
    assert_true(str_eq(o.load.defines[0].name, STR("WITH_AUTH")));
    assert_int_equal(o.load.defines[0].value.n, 0);
    assert_true(str_eq(o.load.defines[1].value, STR("\"x\"")));
    assert_true(str_eq(o.load.modules[0], STR("db_sqlite")));
    assert_true(o.load.modparams[0].number);
    assert_true(str_eq(o.load.modparams[1].module, STR("a|b")));
    assert_true(str_eq(o.load.modparams[1].value, STR("d:e")));
    assert_string_equal(o.load.subst_kinds[0], "substdef");
    assert_int_equal(o.load.n_settings, 3);
    assert_true(str_eq(o.load.settings[0].name, STR("disable_tcp")));
    assert_true(str_eq(o.load.settings[2].value, STR("3")));
}

static void accepts_what_has_no_meaning_here(void **state)
{
    struct options o;

    (void)state;
    assert_true(
        read_line("-N 4 -Q 2 -S -W epoll_lt -O 1 -x qm -X fm --all-errors --atexit=no", &o));
    assert_int_equal(o.action, ACTION_RUN);
}

static void refuses_the_rest(void **state)
{
    static const char *const bad[] = {
        "-n zero", "-n 0", "-m", "--modparam=tm:x", "stray", "--nonsense", "--modparam=a:b:q:c",
        "-m -5"
    };
    struct options o;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(read_line(bad[i], &o));
}

int main(void)
{
    TEST_RUN(reads_what_a_server_is_started_with, reads_what_changes_the_configuration,
             accepts_what_has_no_meaning_here, refuses_the_rest);
}
