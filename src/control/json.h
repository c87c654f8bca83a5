/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers as JSON, and requests in JSON-RPC 2.0. */
#pragma once
#include "control/rpc.h"

/* A quoted and escaped string; bytes that are not UTF-8 become U+FFFD. */
void json_write_str(struct buf *b, struct str s);
/* An answer's values: a list when the method says so or there are several, the one value, or {}.
 * `pretty`: in lines, indented with tabs; `depth` is where the surrounding text stands. */
void json_write_answer(struct buf *b, const struct rpc_answer *a, bool pretty, int depth);

struct jsonrpc_reply {
    int code;          /* 200, or the error's */
    struct str reason; /* "OK", or the error's sentence; in the arena given */
};
enum {
    JSONRPC_PRETTY = 1,
    JSONRPC_HINTS =
        2, /* an unknown method gets 404 and the nearest name instead of 500, and so does an
            * unknown name of an argument; else arguments then go by their order */
};
/* Whether brackets are nested deeper than any request needs: reading is recursive. */
bool jsonrpc_too_deep(struct str text);

enum { JSONRPC_TEXT_MAX = 1 << 20, JSONRPC_ARGS_MAX = 256 };

/* Runs a request, or an array of them, and appends the answer. Text that is no request is answered
 * with an error as well. Suspends. */
void jsonrpc_run(struct str text, unsigned flags, struct arena *a, struct buf *out,
                 struct jsonrpc_reply *reply);
