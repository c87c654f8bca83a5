/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For other modules (with "rr" in their .needs): parameters that travel in Record-Route and come
 * back in the Route headers of the dialog's later requests.
 */
#pragma once
#include "core/call.h"

enum rr_direction {
    RR_DOWNSTREAM = 1, /* as the request that began the dialog */
    RR_UPSTREAM = 2,
};

/* Adds ";name=value" to the Record-Route of this request, before or after record_route(). */
void rr_add_param(struct call *c, struct str param);
/* Whether a Record-Route will be added to this request. */
bool rr_is_recording(const struct call *c);
/* After loose_route(): the parameters of the Route (or Request-URI) that was ours; STR_NONE when
 * none was. */
struct str rr_route_params(const struct call *c);
/* One of them: "" without value, STR_NONE when it is missing. */
struct str rr_route_param(const struct call *c, struct str name);
/* Downstream also when nothing tells. */
enum rr_direction rr_direction(struct call *c);

/* Calls fn each time loose_route() finds that a request came to us by a Route of ours, with its
 * parameters. At a module's start, before the workers. fn may suspend. */
void rr_on_loose_route(void (*fn)(struct call *c, struct str params));
