/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a pair of URIs travels in Record-Route: the exclusive or of both, so that either gives the
 * other, in Base64 with '-' for '='.
 */
#pragma once
#include "base/arena.h"

/* `password` may be empty; it hides the text from casual readers only. */
struct str uris_encode(struct str one, struct str other, struct str password, struct arena *a);
/* The other URI. ERR_SYNTAX: `code` was not made for `one`. */
err_t uris_decode(struct str code, struct str one, struct str password, struct arena *a,
                  struct str *other) MUST_USE;
