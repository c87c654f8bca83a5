/* SPDX-License-Identifier: BSD-2-Clause */
/* "Did you mean …": the known name closest to a misspelt one. */
#pragma once
#include "base/str.h"

struct nearest {
    struct str wanted;
    struct str best;   /* the closest name offered so far that is close enough; else STR_NONE */
    unsigned distance; /* of `best`; before that, one more than is close enough */
};

/* One letter more, less, other or swapped with its neighbour is a distance of 1; a letter in the
 * other case costs nothing. Close enough is a third of the name, at least 1. */
void nearest_begin(struct nearest *n, struct str wanted);
void nearest_offer(struct nearest *n, struct str name);
