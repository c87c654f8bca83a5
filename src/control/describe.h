/* SPDX-License-Identifier: BSD-2-Clause */
/* Descriptors as text; for the control floor itself. */
#pragma once
#include "control/control.h"

/* "name first second [third] …": a call in one line, as for clients. */
void describe_signature(struct buf *b, const char *name, const struct field *args);
/* "REQUEST, FAILURE" or "any". */
void describe_routes(struct buf *b, unsigned routes);
/* All known modules by name; *n of them. mem_free it (MEM_CONTROL). */
const struct module **describe_sorted(size_t *n);
