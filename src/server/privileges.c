/* SPDX-License-Identifier: BSD-2-Clause */
/* What the process asks of the system at start: folder, user, limits, pid files. */
#include "server/privileges.h"
#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* The command line wins over the configuration. NUL-terminated, or NULL when neither says. */
static const char *choose(const char *option, struct str setting)
{
    if (option)
        return option;
    return setting.n ? mem_strdup(MEM_CONFIG, setting) : NULL;
}

static bool failed(struct buf *why, const char *what, const char *name)
{
    buf_fmt(why, "cannot %s %s: %s\n", what, name, strerror(errno));
    return false;
}

static bool find_user(const char *name, uid_t *uid, gid_t *gid)
{
    const struct passwd *p = getpwnam(name);
    char *end;

    if (p) {
        *uid = p->pw_uid;
        *gid = p->pw_gid;
        return true;
    }
    *uid = (uid_t)strtoul(name, &end, 10);
    return *name && !*end;
}

static bool find_group(const char *name, gid_t *gid)
{
    const struct group *g = getgrnam(name);
    char *end;

    if (g) {
        *gid = g->gr_gid;
        return true;
    }
    *gid = (gid_t)strtoul(name, &end, 10);
    return *name && !*end;
}

/* Which user and group the process is to become; false with `why` when one is unknown. */
static bool find_identity(const struct options *o, const struct core_conf *core, uid_t *uid,
                          gid_t *gid, struct buf *why)
{
    const char *user = choose(o->user, core->user), *group = choose(o->group, core->group);

    *uid = getuid();
    *gid = getgid();
    if (user && !find_user(user, uid, gid)) {
        buf_fmt(why, "unknown user \"%s\" (option -u or parameter user)\n", user);
        return false;
    }
    if (group && !find_group(group, gid)) {
        buf_fmt(why, "unknown group \"%s\" (option -g or parameter group)\n", group);
        return false;
    }
    return true;
}

static void raise_file_limit(int64_t wanted)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit))
        return;
    limit.rlim_cur = limit.rlim_max;
    if (wanted > 0) {
        limit.rlim_cur = (rlim_t)wanted;
        if (limit.rlim_max < limit.rlim_cur)
            limit.rlim_max = limit.rlim_cur;
    }
    if (setrlimit(RLIMIT_NOFILE, &limit))
        log_warn("server", "the limit of open files could not be raised: %s", strerror(errno));
}

static void limit_core_files(bool disabled)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_CORE, &limit))
        return;
    limit.rlim_cur = disabled ? 0 : limit.rlim_max;
    if (setrlimit(RLIMIT_CORE, &limit))
        log_warn("server", "the size of core files could not be limited: %s", strerror(errno));
}

static void lock_memory(bool wanted)
{
    if (wanted && mlockall(MCL_CURRENT | MCL_FUTURE))
        log_warn("server", "the process could not be kept in memory: %s", strerror(errno));
}

bool prepare_rundir(const struct options *o, const struct core_conf *core, const char *rundir,
                    struct buf *why)
{
    uid_t uid;
    gid_t gid;

    if (!find_identity(o, core, &uid, &gid, why))
        return false;
    raise_file_limit(core->open_files_limit);
    limit_core_files(core->disable_core_dump);
    lock_memory(core->mlock_pages);
    if (mkdir(rundir, 0750) && errno != EEXIST)
        return failed(why, "make the run-time folder", rundir);
    if (getuid() == 0 && uid != 0 && chown(rundir, uid, gid))
        return failed(why, "give away the run-time folder", rundir);
    return true;
}

bool drop_privileges(const struct options *o, const struct core_conf *core, struct buf *why)
{
    const char *root = choose(o->chroot_dir, core->chroot_dir);
    const char *dir = choose(o->workdir, core->workdir);
    uid_t uid;
    gid_t gid;

    if (!find_identity(o, core, &uid, &gid, why))
        return false;
    if (root && (chroot(root) || chdir("/")))
        return failed(why, "change root to", root);
    if (dir && chdir(dir))
        return failed(why, "change to", dir);
    if (gid != getgid() && (setgroups(1, &gid) || setgid(gid)))
        return failed(why, "become group of", core->group.n ? core->group.p : "the user");
    if (uid != getuid() && setuid(uid))
        return failed(why, "become", o->user ? o->user : "the configured user");
    return true;
}

void schedule_worker(const struct core_conf *core)
{
    enum { WORKERS_TOO = 4 };
    static const int policies[] = { SCHED_OTHER, SCHED_RR, SCHED_FIFO };
    struct sched_param p = { .sched_priority = (int)core->rt_prio };
    int policy = policies[core->rt_policy];
    int number;

    if (!(core->real_time & WORKERS_TOO))
        return;
    if (policy == SCHED_OTHER)
        p.sched_priority = 0;
    number = pthread_setschedparam(pthread_self(), policy, &p);
    if (number)
        log_warn("server", "rt_policy and rt_prio of a worker were refused: %s", strerror(number));
}

static void write_number(const char *path, long number)
{
    FILE *f = path ? fopen(path, "we") : NULL;

    if (!path)
        return;
    if (!f) {
        log_warn("server", "cannot write %s: %s", path, strerror(errno));
        return;
    }
    fprintf(f, "%ld\n", number);
    fclose(f);
}

void write_pid_files(const struct options *o)
{
    /* Under a supervisor the process to signal is the supervisor: it passes signals on. */
    bool supervised = o->mode == DAEMON_SUPERVISED;

    write_number(o->pid_file, supervised ? getppid() : getpid());
    write_number(o->group_file, getpgrp());
}

void remove_pid_files(const struct options *o)
{
    if (o->pid_file)
        unlink(o->pid_file);
    if (o->group_file)
        unlink(o->group_file);
}
