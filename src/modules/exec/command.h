/* SPDX-License-Identifier: BSD-2-Clause */
/* A shell command, run beside the server: who waits for it is a coroutine, never a thread. */
#pragma once
#include "base/buf.h"

enum { COMMAND_OUTPUT_MAX = 1024 * 1024 };

struct command {
    struct str line;    /* for /bin/sh -c */
    char *const *env;   /* NULL-terminated; NULL: that of the server */
    struct str input;   /* its standard input */
    struct buf *output; /* gets its standard output, up to COMMAND_OUTPUT_MAX; NULL: ours */
    int64_t time_ms;    /* then it is killed, with what it started; 0: no limit */
    /* what became of it */
    int status; /* as waitpid() has it; valid for ERR_OK */
};

/* Suspends until the command has ended. ERR_TIMEOUT: it was killed; ERR_CANCELED: the server stops,
 * and it was killed; ERR_IO: it could not be started. */
err_t command_run(struct command *cmd) MUST_USE;
/* Whether it ended by itself with status 0. */
bool command_succeeded(const struct command *cmd);
