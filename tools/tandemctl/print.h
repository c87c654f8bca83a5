/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers for people. */
#pragma once
#include <jansson.h>

/* Values one per line; structures indented; a list of equal flat structures as a table. */
void print_result(const json_t *result);
