/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside of an answer's tree; for the control floor itself. */
#pragma once
#include "control/rpc.h"

struct rpc_node {
    enum rpc_kind kind;
    struct str name;
    struct str s;
    int64_t i;
    double d;
    struct rpc_node *first, *last, *next;
    struct arena *arena;
};

/* A root, whose children are the answer's values. */
struct rpc_node *answer_new(struct arena *a);
