/* SPDX-License-Identifier: BSD-2-Clause */
/* Stateless replies, their statistics and the ACKs that belong to them. */
#pragma once
#include "core/send.h"

/* In the order of the statistics table. */
enum sl_stat {
    SL_1XX,
    SL_200,
    SL_202,
    SL_2XX,
    SL_300,
    SL_301,
    SL_302,
    SL_3XX,
    SL_400,
    SL_401,
    SL_403,
    SL_404,
    SL_407,
    SL_408,
    SL_483,
    SL_4XX,
    SL_500,
    SL_5XX,
    SL_6XX,
    SL_XXX,
    SL_SENT,
    SL_SENT_ERRORS,
    SL_FAILURES,
    SL_ACKS,
    SL_STAT_COUNT
};
extern const struct stat_decl sl_stats[];
void sl_count(enum sl_stat which);

/* Replies without a transaction. May suspend (event_route[sl:local-response]). */
err_t sl_answer(struct call *c, unsigned status, struct str reason) MUST_USE;
/* Forwards the received reply, with another status of the same class unless that is 0. */
err_t sl_pass_reply(struct call *c, unsigned status, struct str reason) MUST_USE;
/* Takes ACKs of stateless replies out of the way; a filter of core/receive.h. */
bool sl_absorb_ack(struct call *c);
