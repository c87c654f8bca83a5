/* SPDX-License-Identifier: BSD-2-Clause */
/* Building a generation from the command line and the configuration file. */
#pragma once
#include "net/listener.h"
#include "script/program.h"

/* A generation that is ready to be made current, and the sockets it wants. */
struct candidate {
    struct generation *generation; /* a reference */
    struct socket_spec *sockets;   /* in the generation's arena */
    size_t n_sockets;
};

/*
 * Reads and checks everything a start checks; no side effects on the process. What is wrong, and
 * warnings, go to `report` as lines for people. May block: not for workers. On failure the
 * candidate is empty.
 */
err_t candidate_build(const struct load_options *o, struct candidate *out,
                      struct buf *report) MUST_USE;
/* Generations that exist: the current one and those that calls still pin. */
unsigned generations_alive(void);
