/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory by subsystem. Allocation does not fail in our code: when the system has no more, the
 * process ends. What protects it is the cap, checked where new work enters (mem_over_cap).
 */
#pragma once
#include "base/str.h"

#define MEM_TABLE(X)                                                                               \
    X(MEM_OTHER, "other")                                                                          \
    X(MEM_CONFIG, "config")                                                                        \
    X(MEM_MESSAGE, "message")                                                                      \
    X(MEM_TXN, "transaction")                                                                      \
    X(MEM_DIALOG, "dialog")                                                                        \
    X(MEM_LOCATION, "location")                                                                    \
    X(MEM_TABLE_DATA, "table")                                                                     \
    X(MEM_NET, "network")                                                                          \
    X(MEM_COROUTINE, "coroutine")                                                                  \
    X(MEM_DATABASE, "database")                                                                    \
    X(MEM_CONTROL, "control")                                                                      \
    X(MEM_MODULE, "module")

enum mem {
#define X(code, name) code,
    MEM_TABLE(X)
#undef X
        MEM_COUNT
};

const char *mem_name(enum mem m);

/* Never NULL. The bytes are not cleared; mem_zalloc clears them. Any thread may free. */
void *mem_alloc(enum mem m, size_t n) __attribute__((malloc, returns_nonnull));
void *mem_zalloc(enum mem m, size_t n) __attribute__((malloc, returns_nonnull));
void *mem_realloc(enum mem m, void *p, size_t n) __attribute__((returns_nonnull));
void mem_free(enum mem m, void *p); /* NULL is fine */

/* A copy that is also NUL-terminated, for C libraries; mem_free it. */
char *mem_strdup(enum mem m, struct str s) __attribute__((malloc, returns_nonnull));
struct str mem_dup(enum mem m, struct str s);

/* Bytes in use now: of one subsystem, and of all. Sums per-thread counters: cheap, not exact
 * while other threads run. */
size_t mem_used(enum mem m);
size_t mem_used_all(void);

/* Cap in bytes; 0 removes it. mem_over_cap() reads a figure that mem_refresh() (called by each
 * worker once per loop turn) keeps. */
void mem_set_cap(size_t bytes);
size_t mem_cap(void);
void mem_refresh(void);
bool mem_over_cap(void);
