/* SPDX-License-Identifier: BSD-2-Clause */
/* Limits of the sizes of a message's parts. */
#pragma once
#include "core/call.h"

enum {
    SIZE_MESSAGE = 1,
    SIZE_METHOD = 2,
    SIZE_RURI = 4,
    SIZE_FROM_URI = 8,
    SIZE_TO_URI = 16,
    SIZE_CONTACT_URI = 32,
    SIZE_ROUTE_URI = 64,
    SIZE_PATH_URI = 128,
    SIZE_PAI_URI = 256,
    SIZE_HEADER = 512,
    SIZE_HEADERS = 1024,
    SIZE_BODY = 2048,
};
struct size_limits {
    int64_t message, method, ruri, from_uri, to_uri, contact_uri, route_uri, path_uri, pai_uri,
        header, headers, body;
};
/* Those of `mask`; false: `*reason` names the part that is too large. */
bool sizes_fit(struct msg *m, unsigned mask, const struct size_limits *limits, struct str *reason);
