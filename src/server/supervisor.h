/* SPDX-License-Identifier: BSD-2-Clause */
/* Going to the background, and a parent that starts the server again when it dies. */
#pragma once
#include "server/options.h"

/* Runs `serve` in a child of a child. Returns in the process that was started, with its exit code:
 * 0 once the server is up, else what the server exited with. */
int supervise(const struct options *o, int (*serve)(const struct options *o, int ready));
/* Standard input, output and error become /dev/null. */
void detach_stdio(void);
