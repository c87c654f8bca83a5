/* SPDX-License-Identifier: BSD-2-Clause */
/* Events that carry a type, a key and a value, for an event route of the configuration. */
#pragma once
#include "core/generation.h"

struct tkv {
    int64_t type;
    struct str key, value;
};
/* Has one of the workers, in turn, run event_route[core:tkv] (or what async_tkv_evcb names) of
 * `gen`. All is copied. ERR_NOT_FOUND: there is no such route. */
err_t tkv_emit(struct generation *gen, int64_t type, struct str key, struct str value) MUST_USE;
