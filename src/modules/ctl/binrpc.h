/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The binary RPC protocol of kamcmd. A packet:
 *
 *     4 bits magic (0xA)  4 bits version (1)
 *     4 bits kind (0 request, 1 reply, 3 fault)  2 bits L-1  2 bits C-1
 *     L bytes length of the body   C bytes cookie, sent back in the answer
 *     records
 *
 * and a record:
 *
 *     1 bit S  3 bits size  4 bits type
 *     when S is set: `size` bytes that hold the real size
 *     that many bytes of value
 *
 * Integers are big-endian without leading zero bytes; strings end in a zero byte that counts; a
 * double is an integer of thousandths; a struct is a record of size 0, its members, and one of S
 * and size 0; a member is a record with its name and one with its value. A fault's records are the
 * code and the reason.
 */
#pragma once
#include "control/rpc.h"

enum { BINRPC_BODY_MAX = 1 << 20, BINRPC_ARGS_MAX = 256, BINRPC_COOKIE_MAX = 4 };

struct binrpc_request {
    struct str cookie;
    struct str method;
    const struct value *args;
    size_t n_args;
};

/* How long the first packet of a stream is: 0: not yet known or not yet whole; -1: no packet. */
int64_t binrpc_frame(struct str bytes);
/* Reads a request; strings point into `packet`, texts of doubles and the list into `a`. The cookie
 * is set as soon as it was read. ERR_SYNTAX; ERR_UNSUPPORTED: a struct among the arguments;
 * ERR_LIMIT: too many of them. */
err_t binrpc_read(struct str packet, struct arena *a, struct binrpc_request *out) MUST_USE;
/* Appends a reply or, for codes from 300 on, a fault. */
void binrpc_write(struct buf *out, struct str cookie, const struct rpc_answer *answer);
