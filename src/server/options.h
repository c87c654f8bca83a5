/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line. */
#pragma once
#include "script/program.h"

enum action {
    ACTION_RUN,
    ACTION_CHECK,
    ACTION_DUMP,
    ACTION_LSP,
    ACTION_DONE /* help was printed */
};
enum daemon_mode { DAEMON_SUPERVISED, DAEMON_FOREGROUND };

struct options {
    enum action action;
    enum daemon_mode mode;    /* -D: stay in the foreground, without supervisor */
    struct load_options load; /* what the configuration is read with */
    bool log_stderror, log_colour;
    int64_t workers;               /* -n; 0: by the configuration */
    int64_t shared_mb, private_mb; /* -m, -M; 0: not given */
    const char *pid_file;          /* -P; NULL: none */
    const char *group_file;        /* -G */
    const char *user, *group;      /* -u, -g */
    const char *chroot_dir;        /* -t */
    const char *workdir;           /* -w */
    const char *rundir;            /* -Y; NULL: the default */
    const char *describe; /* --list-modules, --describe=json, --manual=DIR: what to print */
    const char *describe_arg;
    int argc;
    char **argv;
};

/* Reads the command line into `o` (its arrays are allocated for good). False: a fault was printed
 * on stderr with the nearest right option; exit with 2. */
bool options_read(int argc, char **argv, struct options *o);
