/* SPDX-License-Identifier: BSD-2-Clause */
/* Terminal colours by two letters, foreground and background. */
#pragma once
#include "base/arena.h"
#include "base/buf.h"

struct colour;
/* A static object for this pair, or NULL. */
const struct colour *colour_find(struct str letters);
/* The escape sequence. */
struct str colour_sequence(const struct colour *c, struct arena *a);
