/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of rr. */
#pragma once
#include "core/send.h"
#include "modules/rr/rr.h"

struct rr_conf {
    bool append_fromtag;
    int64_t enable_double_rr; /* 2: always two, with their protocols */
    bool enable_full_lr, add_username;
    bool enable_socket_mismatch_warning;
    const struct var_ref *custom_user_avp;
    bool force_send_socket, ignore_sips, sockname_mode;
    int64_t loose_route_mode;
};
const struct rr_conf *rr_conf(struct call *c);

/* What loose_route() found out, in this run. */
struct rr_state {
    int code;            /* what loose_route() returned; 0: it was not called */
    struct str params;   /* of the Route that was ours; STR_NONE: none was */
    bool next_hop_route; /* the next hop is a Route header */
};
struct rr_state *rr_state(struct call *c);
void rr_notify(struct call *c, struct str params);

enum rr_result {
    RR_DRIVEN = 1,
    RR_NOT_DRIVEN = -1,
    RR_PRELOADED = -3,
};
/* RFC 3261 16.4, 16.6 item 6, 16.12; `only_loose`: the Request-URI is never taken for a Route of
 * ours that a strict router put there. Changes Route headers, Request-URI, dst_uri and socket. */
enum rr_result rr_loose_route(struct call *c, bool only_loose);

enum rr_preset { RR_BY_SOCKET, RR_PRESET, RR_ADVERTISED };
/* Has Record-Route added to each copy of the request that is sent. ERR_EXISTS: it is already. */
err_t rr_record(struct call *c, enum rr_preset kind, struct str params, struct str first,
                struct str second) MUST_USE;
void rr_forget(struct call *c);

/* The Route values of a request, and which of them are to go. */
struct route_list {
    const struct address *values;
    bool *gone;
    size_t n;
};
err_t route_list_read(struct call *c, struct route_list *l) MUST_USE;
/* Takes those marked out of the request. */
void route_list_remove(struct call *c, const struct route_list *l);
