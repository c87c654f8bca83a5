/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"
#include "modules/log_custom/target.h"
#include "modules/script_test.h"
#include <sys/time.h>
#include <unistd.h>

extern const struct module module_log_custom;

/* A socket that hears what is sent, and its port. */
static int listen_udp(unsigned *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t n = sizeof at;
    struct timeval patience = { .tv_sec = 2 };
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

static struct str hear(int fd, char *space, size_t n)
{
    ssize_t got = recv(fd, space, n, 0);

    assert_true(got >= 0);
    return (struct str){ space, (size_t)got };
}

static void reads_addresses_with_ports(void **state)
{
    static const char *const good[] = { "127.0.0.1:9", "udp:127.0.0.1:514", "[::1]:65535" };
    static const char *const bad[] = { "",           "127.0.0.1",       "127.0.0.1:", ":9",
                                       "host.org:9", "127.0.0.1:65536", "127.0.0.1:0" };
    struct addr a;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_err(log_target_parse(str_of(good[i]), &a), ERR_OK);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(log_target_parse(str_of(bad[i]), &a) != ERR_OK);
}

static void sends_the_lines_of_the_log(void **state)
{
    static const struct script_row rows[] = {
        { "log_udp(\"text $rU\")", "$rc", "8" },
        { "log_udp(\"\")", "$rc", "1" },
    };
    char head[256], space[512], want[64];
    unsigned port;
    int fd = listen_udp(&port);
    struct str line;

    (void)state;
    snprintf(head, sizeof head,
             "log_engine_type=\"udp\"\nlog_engine_data=\"127.0.0.1:%u\"\n"
             "loadmodule \"log_custom.so\"\n",
             port);
    SCRIPT_CHECK(head, rows);
    line = hear(fd, space, sizeof space);
    assert_true(str_eq(line, STR("text bob")));
    line = hear(fd, space, sizeof space);
    assert_int_equal(line.n, 0);

    log_to_syslog("tandem-test", 0);
    log_error("test", "a line\nof two");
    line = hear(fd, space, sizeof space);
    snprintf(want, sizeof want, "(%d) ERROR: test: a line\\nof two\n", (int)getpid());
    assert_true(str_eq(line, str_of(want)));
    module_log_custom.stop();
    log_to_stderr(false);
    close(fd);
}

static void changes_where_lines_go(void **state)
{
    struct log_target t;
    char space[64], text[64];
    unsigned port[2];
    int fd[2] = { listen_udp(&port[0]), listen_udp(&port[1]) };
    struct addr to;

    (void)state;
    log_target_init(&t);
    assert_int_equal(log_target_send(&t, STR("lost")), -1);
    for (int i = 0; i < 2; i++) {
        snprintf(text, sizeof text, "127.0.0.1:%u", port[i]);
        assert_err(log_target_parse(str_of(text), &to), ERR_OK);
        assert_err(log_target_set(&t, &to), ERR_OK);
        assert_int_equal(log_target_send(&t, str_of(text)), (int)strlen(text));
        assert_true(str_eq(hear(fd[i], space, sizeof space), str_of(text)));
        close(fd[i]);
    }
    log_target_close(&t);
    assert_int_equal(log_target_send(&t, STR("lost")), -1);
}

int main(void)
{
    TEST_RUN(reads_addresses_with_ports, sends_the_lines_of_the_log, changes_where_lines_go);
}
