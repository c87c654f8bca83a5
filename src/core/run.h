/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs: a call context with its message and memory, taken from a pool of the thread. */
#pragma once
#include "base/list.h"
#include "core/call.h"

struct run {
    struct call call;
    struct msg msg;
    struct arena arena;
    struct vars *vars; /* kept from one use to the next while nobody filled or shared it */
    struct run *next_free;

    /* of core/order.c: messages of one call, one after the other */
    void (*fn)(struct run *r);
    uint64_t call_hash;
    struct link in_order; /* in a bucket while its script runs or is to run; else in a queue */
    struct link waiting;  /* runs that wait for this one */
    struct post post;
    unsigned n_waiting;
    bool tracked; /* stands in a bucket, where others find it */
    bool done;
};

/* Everything cleared but the arena and the (empty) variables. The caller sets gen. */
struct run *run_begin(void);
/* Drops what the call holds and puts the run back. */
void run_end(struct run *r);
/* The next run of this thread is number 1 again ($mi). */
void runs_count_anew(void);
/* Gives the pool of this thread back. */
void runs_worker_stop(void);
