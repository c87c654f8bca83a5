/* SPDX-License-Identifier: BSD-2-Clause */
/* Changing parts of the Request-URI: sethost(), strip(), prefix() and their kin. */
#pragma once
#include "core/call.h"

enum uri_change {
    URI_ALL,
    URI_HOST, /* the port stays */
    URI_PORT,
    URI_HOST_PORT,           /* "host:port" */
    URI_HOST_PORT_TRANSPORT, /* "host:port;transport=tcp" */
    URI_USER,
    URI_USER_PASSWORD, /* "user:password" */
    URI_PREFIX,
    URI_STRIP, /* the first n of the user; more than it has: all */
    URI_STRIP_TAIL,
    URI_USER_PHONE, /* ;user=phone */
};
/* `text` or `n` is what the change needs. ERR_SYNTAX: the result is no URI, and nothing changes. */
err_t core_uri_change(struct call *c, enum uri_change what, struct str text, int64_t n) MUST_USE;
