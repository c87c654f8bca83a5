/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that lines are appended to; a new one is begun at intervals. Used by one thread. */
#pragma once
#include "base/str.h"

struct sink {
    struct sink *next;
    struct str path, extension; /* "folder/name", ".out" */
    int64_t interval_s;
    int64_t begun_s; /* of the open file */
    int fd;          /* -1: none is open */
};
/* Appends a line; opens a file where none is open or the interval is over. The file is
 * path_<seconds since 1970><extension>. */
err_t sink_write(struct sink *s, struct str line, int64_t now_s) MUST_USE;
void sink_close(struct sink *s);
