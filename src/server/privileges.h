/* SPDX-License-Identifier: BSD-2-Clause */
/* What the process asks of the system at start: folder, user, limits, pid files. */
#pragma once
#include "core/conf.h"
#include "server/options.h"

/* Makes the folder of run-time files, for its owner only, sets the limits of open and core files,
 * and locks memory where that is wanted.
 * False: `why` says what failed. */
bool prepare_rundir(const struct options *o, const struct core_conf *core, const char *rundir,
                    struct buf *why);
/* chroot, working directory, group and user, as the command line or the configuration says. */
bool drop_privileges(const struct options *o, const struct core_conf *core, struct buf *why);
/* real_time, rt_policy and rt_prio, for the thread that calls. */
void schedule_worker(const struct core_conf *core);
void write_pid_files(const struct options *o);
void remove_pid_files(const struct options *o);
