/* SPDX-License-Identifier: BSD-2-Clause */
/* What can go wrong in the world (err_t), and what must not go wrong in our code (ASSERT). */
#pragma once
#include <stdbool.h>

/* One table: code, name for logs and metrics, sentence for people. */
#define ERR_TABLE(X)                                                                               \
    X(ERR_OK, "ok", "no error")                                                                    \
    X(ERR_SYNTAX, "syntax", "the input is malformed")                                              \
    X(ERR_LIMIT, "limit", "a configured limit was reached")                                        \
    X(ERR_NOT_FOUND, "not-found", "no such item")                                                  \
    X(ERR_EXISTS, "exists", "the item exists already")                                             \
    X(ERR_TYPE, "type", "the value has the wrong type")                                            \
    X(ERR_RANGE, "range", "the value is out of range")                                             \
    X(ERR_TIMEOUT, "timeout", "no answer in time")                                                 \
    X(ERR_CANCELED, "canceled", "the work was called off")                                         \
    X(ERR_STATE, "state", "this cannot be done now")                                               \
    X(ERR_DENIED, "denied", "this is not allowed")                                                 \
    X(ERR_UNSUPPORTED, "unsupported", "this is not supported")                                     \
    X(ERR_UNREACHABLE, "unreachable", "the destination cannot be reached")                         \
    X(ERR_BACKEND, "backend", "the database or service refused")                                   \
    X(ERR_IO, "io", "the network or a file failed")

typedef enum err {
#define X(code, name, text) code,
    ERR_TABLE(X)
#undef X
        ERR_COUNT
} err_t;

#define MUST_USE __attribute__((warn_unused_result))

/* Both return static strings, and a fixed string for a number that is no code. */
const char *err_name(err_t e);
const char *err_text(err_t e);

/* The error that stands for an errno value; ERR_IO for those without a closer one. */
err_t err_of_errno(int number);

/* Ends the process with the place on stderr; in all builds. */
_Noreturn void assert_failed(const char *file, int line, const char *function, const char *what);
#define ASSERT(cond)                                                                               \
    (__builtin_expect(!!(cond), 1) ? (void)0 : assert_failed(__FILE__, __LINE__, __func__, #cond))
