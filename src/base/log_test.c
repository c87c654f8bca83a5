/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"
#include "base/test.h"

static char last[8192];
static size_t lines;

static void keep(enum log_level level, struct str line, void *ctx)
{
    (void)level;
    (void)ctx;
    assert_true(line.n < sizeof last);
    memcpy(last, line.p, line.n);
    last[line.n] = '\0';
    lines++;
}

static int start(void **state)
{
    (void)state;
    lines = 0;
    log_to(keep, NULL);
    log_set_level(LOG_INFO);
    log_prefix_by(NULL);
    return 0;
}

static void writes_up_to_its_level(void **state)
{
    start(state);
    log_info("core", "%d calls", 5);
    assert_string_equal(last, "INFO: core: 5 calls");
    log_debug("core", "not this");
    log_write(LOG_DEBUG, "core", "nor this");
    assert_int_equal(lines, 1);
    log_set_level(LOG_DEBUG);
    log_debug("tm", "this");
    assert_string_equal(last, "DEBUG: tm: this");
    log_set_level(LOG_ALERT);
    log_error("tm", "not this");
    assert_int_equal(lines, 2);
    assert_int_equal(log_get_level(), LOG_ALERT);
}

static void keeps_a_message_on_one_line(void **state)
{
    start(state);
    log_error("script", "a\r\nERROR: forged\033[2J\x7f \xc3\xa4\n\n");
    assert_string_equal(last, "ERROR: script: a\\r\\nERROR: forged\\x1b[2J\\x7f \xc3\xa4");
}

static void add_call(struct buf *out)
{
    log_warn("script", "evaluated");
    buf_addz(out, "<call-1>\n ");
}

static void puts_the_prefix_first(void **state)
{
    start(state);
    log_prefix_by(add_call);
    log_warn("tm", "late");
    assert_string_equal(last, "WARNING: tm: <call-1>\\n late");
    assert_int_equal(lines, 2);
    log_prefix_by(NULL);
    log_notice("tm", "late");
    assert_string_equal(last, "NOTICE: tm: late");
}

static void writes_long_messages_whole(void **state)
{
    start(state);
    log_info("x", "%5000d", 1);
    assert_int_equal(strlen(last), 5000 + strlen("INFO: x: "));
}

static void names_levels(void **state)
{
    (void)state;
    assert_string_equal(log_level_name(LOG_ALERT), "ALERT");
    assert_string_equal(log_level_name(LOG_DEBUG), "DEBUG");
    assert_string_equal(log_level_name((enum log_level)9), "DEBUG");
}

int main(void)
{
    TEST_RUN(writes_up_to_its_level, keeps_a_message_on_one_line, puts_the_prefix_first,
             writes_long_messages_whole, names_levels);
}
