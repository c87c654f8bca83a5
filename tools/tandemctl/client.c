/* SPDX-License-Identifier: BSD-2-Clause */
#include "client.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static char *complaint(const char *what, const char *where)
{
    char *text = NULL;

    if (asprintf(&text, "%s: %s", where, what) < 0)
        abort();
    return text;
}

const char *client_socket(const char *given)
{
    static const char *const places[] = { "build/var/tandem.sock", "/run/tandem/tandem.sock",
                                          "/var/run/kamailio/tandem.sock" };
    const char *environment = getenv("TANDEM_SOCKET");

    if (given)
        return given;
    if (environment && *environment)
        return environment;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (access(places[i], F_OK) == 0)
            return places[i];
    return places[1];
}

static int open_socket(const struct client *c, char **why)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    struct timeval limit = { .tv_sec = c->timeout_s };
    int fd;

    if (strlen(c->socket) >= sizeof at.sun_path) {
        *why = complaint("the path is too long", c->socket);
        return -1;
    }
    memcpy(at.sun_path, c->socket, strlen(c->socket));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&at, sizeof at) == 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        return fd;
    }
    *why = complaint(strerror(errno), c->socket);
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool send_line(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left) {
        ssize_t n = send(fd, text, left, MSG_NOSIGNAL);

        if (n <= 0)
            return false;
        text += n;
        left -= (size_t)n;
    }
    return send(fd, "\n", 1, MSG_NOSIGNAL) == 1;
}

/* One line, allocated; NULL when the server went away or is too slow. */
static char *read_line(int fd)
{
    char *text = NULL;
    size_t n = 0, cap = 0;

    for (;;) {
        ssize_t got;

        if (n + 1 >= cap) {
            cap = cap ? cap * 2 : 65536;
            text = realloc(text, cap);
            if (!text)
                abort();
        }
        got = recv(fd, text + n, cap - n - 1, 0);
        if (got <= 0) {
            free(text);
            return NULL;
        }
        n += (size_t)got;
        if (text[n - 1] == '\n')
            break;
    }
    text[n] = '\0';
    return text;
}

static char *exchange(const struct client *c, const char *request, char **why)
{
    int fd = open_socket(c, why);
    char *answer = NULL;

    if (fd < 0)
        return NULL;
    if (send_line(fd, request))
        answer = read_line(fd);
    if (!answer)
        *why = complaint("the server gave no answer", c->socket);
    close(fd);
    return answer;
}

json_t *client_call(const struct client *c, const char *method, json_t *params, int *code,
                    char **message)
{
    json_t *request = json_pack("{s:s,s:s,s:o,s:i}", "jsonrpc", "2.0", "method", method, "params",
                                params, "id", 1);
    char *text = json_dumps(request, JSON_COMPACT), *line;
    json_t *answer, *error, *result = NULL;

    *code = 0;
    *message = NULL;
    line = exchange(c, text, message);
    free(text);
    json_decref(request);
    if (!line)
        return NULL;
    answer = json_loads(line, 0, NULL);
    free(line);
    error = json_object_get(answer, "error");
    if (error) {
        *code = (int)json_integer_value(json_object_get(error, "code"));
        *message = strdup(json_string_value(json_object_get(error, "message")));
    } else {
        result = json_incref(json_object_get(answer, "result"));
        if (!result)
            *message = complaint("the answer makes no sense", c->socket);
    }
    json_decref(answer);
    return result;
}
