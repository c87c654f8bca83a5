/* SPDX-License-Identifier: BSD-2-Clause */
/* One JSON-RPC call over the server's control socket. */
#pragma once
#include <jansson.h>
#include <stdbool.h>

enum exit_code {
    EXIT_OK = 0,
    EXIT_REFUSED = 1, /* the server answered with an error */
    EXIT_USAGE = 2,
    EXIT_UNREACHABLE = 3, /* no server on the socket */
};

struct client {
    const char *socket;
    int timeout_s;
};

/* Calls a method; `params` is stolen. The result (a new reference) or NULL: then *code and *message
 * (free it) hold the server's error, or code 0 and why the server could not be asked. */
json_t *client_call(const struct client *c, const char *method, json_t *params, int *code,
                    char **message);
/* The socket to use: `given`, else $TANDEM_SOCKET, else the first of the usual places that is
 * there.
 */
const char *client_socket(const char *given);
