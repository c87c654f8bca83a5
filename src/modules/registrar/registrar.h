/* SPDX-License-Identifier: BSD-2-Clause */
/* Registrations for other modules, by the rules of registrar's parameters. */
#pragma once
#include "core/call.h"

/* The targets that lookup() of `uri` in the table `domain` would make, with strings in the call's
 * arena; the call itself stays as it is. Suspends. ERR_NOT_FOUND: nobody is registered, or no
 * contact takes the call's method. */
err_t registrar_targets(struct call *c, struct str domain, struct str uri, struct target **out,
                        size_t *n) MUST_USE;
