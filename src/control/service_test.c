/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "control/control.h"
#include "control/service.h"
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char path[128];
static struct service *echo;

static int64_t frame(struct str bytes)
{
    size_t end = str_find(bytes, '\n');

    if (bytes.n && bytes.p[0] == '!')
        return SERVICE_BAD;
    return end == bytes.n ? 0 : (int64_t)end + 1;
}

static void upper(void *ctx, struct str text, struct arena *a, struct buf *out)
{
    (void)ctx;
    (void)a;
    for (size_t i = 0; i < text.n; i++)
        buf_char(out, (char)(text.p[i] >= 'a' && text.p[i] <= 'z' ? text.p[i] - 32 : text.p[i]));
}
static const struct service_protocol protocol = { "upper", frame, upper };

struct opening {
    struct service_spec spec;
    err_t result;
    char why[256];
};

static err_t open_it(void *arg)
{
    struct opening *o = arg;
    struct service *s;
    struct buf why;

    buf_fixed(&why, o->why, sizeof o->why - 1);
    o->result = service_open(&o->spec, &protocol, &s, &why);
    o->why[why.n] = '\0';
    if (!o->result)
        echo = s;
    return ERR_OK;
}

static err_t close_it(void *arg)
{
    (void)arg;
    service_close(echo);
    echo = NULL;
    return ERR_OK;
}

static struct opening opened(enum service_kind kind)
{
    struct opening o = { .spec = { .kind = kind,
                                   .path = str_of(path),
                                   .mode = 0600,
                                   .user = -1,
                                   .group = -1,
                                   .owner_only = true,
                                   .request_max = 1000 } };

    assert_err(worker_call(worker_at(0), open_it, &o), ERR_OK);
    return o;
}

static void closed(void)
{
    assert_err(worker_call(worker_at(0), close_it, NULL), ERR_OK);
}

static int client(int type)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    struct timeval limit = { .tv_sec = 5 };
    int fd = socket(AF_UNIX, type, 0);

    memcpy(at.sun_path, path, strlen(path));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static void expect(int fd, const char *want)
{
    char got[2048];
    size_t n = 0, all = strlen(want);

    while (n < all) {
        ssize_t r = recv(fd, got + n, all - n, 0);

        assert_true(r > 0);
        n += (size_t)r;
    }
    got[n] = '\0';
    assert_string_equal(got, want);
}

static void answers_each_request_of_a_stream(void **state)
{
    int fd;

    (void)state;
    assert_err(opened(SERVICE_UNIX).result, ERR_OK);
    fd = client(SOCK_STREAM);
    assert_int_equal(send(fd, "one\ntw", 6, 0), 6);
    expect(fd, "ONE\n");
    assert_int_equal(send(fd, "o\nthree\n", 8, 0), 8);
    expect(fd, "TWO\nTHREE\n");
    close(fd);
    closed();
    assert_int_equal(access(path, F_OK), -1);
}

static void cuts_off_what_is_not_the_protocol(void **state)
{
    char byte, many[4000];
    int fd;

    (void)state;
    assert_err(opened(SERVICE_UNIX).result, ERR_OK);
    fd = client(SOCK_STREAM);
    assert_int_equal(send(fd, "!", 1, 0), 1);
    assert_true(recv(fd, &byte, 1, 0) <= 0);
    close(fd);
    fd = client(SOCK_STREAM);
    memset(many, 'x', sizeof many);
    assert_int_equal(send(fd, many, sizeof many, 0), sizeof many);
    assert_true(recv(fd, &byte, 1, 0) <= 0);
    close(fd);
    closed();
}

static void ends_its_connections_when_it_closes(void **state)
{
    char byte;
    int fd;

    (void)state;
    assert_err(opened(SERVICE_UNIX).result, ERR_OK);
    fd = client(SOCK_STREAM);
    assert_int_equal(send(fd, "one\n", 4, 0), 4);
    expect(fd, "ONE\n");
    closed();
    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
}

static void takes_over_a_stale_file_but_not_a_live_one(void **state)
{
    struct opening second;
    struct service *first;
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)state;
    memcpy(at.sun_path, path, strlen(path));
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    close(fd); /* leaves the file */
    assert_err(opened(SERVICE_UNIX).result, ERR_OK);
    first = echo;
    second = opened(SERVICE_UNIX);
    assert_err(second.result, ERR_STATE);
    assert_non_null(strstr(second.why, "in use"));
    echo = first;
    closed();
}

static void answers_datagrams(void **state)
{
    struct sockaddr_un own = { .sun_family = AF_UNIX };
    int fd;

    (void)state;
    assert_err(opened(SERVICE_UNIX_DATAGRAM).result, ERR_OK);
    fd = client(SOCK_DGRAM);
    snprintf(own.sun_path, sizeof own.sun_path, "%.100s.c", path);
    assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof own), 0);
    assert_int_equal(send(fd, "ping", 4, 0), 4);
    expect(fd, "PING");
    close(fd);
    unlink(own.sun_path);
    closed();
}

static err_t open_control(void *arg)
{
    struct buf why;

    (void)arg;
    buf_init(&why, MEM_CONTROL);
    assert_err(control_socket_open(str_of(path), &why), ERR_OK);
    buf_free(&why);
    return ERR_OK;
}

static err_t close_control(void *arg)
{
    (void)arg;
    control_socket_close();
    return ERR_OK;
}

static void speaks_json_by_lines_on_the_control_socket(void **state)
{
    struct stat st;
    int fd;

    (void)state;
    assert_err(worker_call(worker_at(0), open_control, NULL), ERR_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    fd = client(SOCK_STREAM);
    assert_int_equal(send(fd, "\nnothing\n", 9, 0), 9);
    expect(fd, "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32700,\"message\":\"Parse error\"}}\n");
    close(fd);
    assert_err(worker_call(worker_at(0), close_control, NULL), ERR_OK);
}

static err_t begin(void *arg)
{
    (void)arg;
    return ERR_OK;
}

int main(void)
{
    int failed;

    snprintf(path, sizeof path, "/tmp/tandem-service-test.%d", (int)getpid());
    workers_init(1);
    if (workers_start(begin, NULL))
        return 1;
    failed =
        TEST_RESULT(answers_each_request_of_a_stream, cuts_off_what_is_not_the_protocol,
                    ends_its_connections_when_it_closes, takes_over_a_stale_file_but_not_a_live_one,
                    answers_datagrams, speaks_json_by_lines_on_the_control_socket);
    workers_stop(1000);
    return failed;
}
