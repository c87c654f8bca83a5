/* SPDX-License-Identifier: BSD-2-Clause */
/* For other modules: From and To under other names, with what restore_mode does about them. */
#pragma once
#include "core/call.h"

enum party { PARTY_FROM, PARTY_TO, PARTIES };

/* Replaces name and URI of a party of the call's request, in these edits; an empty display name
 * takes it away. Only where the generation loads uac. ERR_DENIED: within a dialog, whose requests
 * are changed by themselves; ERR_NOT_FOUND: the request has no such party. */
err_t uac_replace_in(struct call *c, struct edit_list *edits, enum party p, struct str display,
                     struct str uri) MUST_USE;
