/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts for people about the language: parameters of the core, and warnings. */
#pragma once
#include "base/buf.h"

/* A warning by name, "all" for each. False when there is none; then `out` says what there is. */
bool explain_warning(struct str name, struct buf *out);
/* All parameters of the core: those that count, then those accepted without effect, and why. */
void explain_params(struct buf *out);
