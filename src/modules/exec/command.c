/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/exec/command.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "rt/co.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct running {
    struct command *cmd;
    pid_t pid;
    int out, ended;   /* our end of its output, and what tells its end; -1: closed */
    int64_t until_ms; /* 0: no limit */
};

static void shut(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Ends are closed on exec; dup2 into 0 and 1 keeps what the command is to have. */
static err_t make_pipe(int pair[2])
{
    if (pipe2(pair, O_CLOEXEC))
        return err_of_errno(errno);
    (void)fcntl(pair[0], F_SETFL, O_NONBLOCK);
    return ERR_OK;
}

/* The command begins with the signals of a fresh process, in a group of its own that can be killed
 * as one. */
static int spawn(struct running *r, int in, int out)
{
    char *text = mem_strdup(MEM_MODULE, r->cmd->line);
    char *argv[] = { "sh", "-c", text, NULL };
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, all;
    int failed;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, 0);
    if (out >= 0)
        posix_spawn_file_actions_adddup2(&files, out, 1);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setpgroup(&attr, 0);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                        POSIX_SPAWN_SETPGROUP);
    failed =
        posix_spawn(&r->pid, "/bin/sh", &files, &attr, argv, r->cmd->env ? r->cmd->env : environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    mem_free(MEM_MODULE, text);
    return failed;
}

/* The whole input in a file in memory: nobody has to wait until the command reads it. */
static int input_file(struct str text)
{
    int fd = memfd_create("input", MFD_CLOEXEC);

    if (fd >= 0 && file_write_all(fd, text))
        shut(&fd);
    if (fd >= 0)
        (void)lseek(fd, 0, SEEK_SET);
    return fd;
}

static err_t start(struct running *r)
{
    int in = input_file(r->cmd->input), out[2] = { -1, -1 }, failed;
    err_t e = in < 0 ? ERR_IO : ERR_OK;

    if (!e && r->cmd->output)
        e = make_pipe(out);
    if (!e) {
        failed = spawn(r, in, out[1]);
        e = failed ? err_of_errno(failed) : ERR_OK;
    }
    r->out = out[0];
    shut(&in);
    shut(&out[1]);
    if (!e) {
        r->ended = (int)syscall(SYS_pidfd_open, r->pid, 0);
        if (r->ended < 0) {
            kill(-r->pid, SIGKILL);
            (void)waitpid(r->pid, NULL, 0);
            e = ERR_IO;
        }
    }
    if (e)
        shut(&r->out);
    return e;
}

static int64_t time_left(const struct running *r)
{
    int64_t left = r->until_ms - clock_ms();

    return r->until_ms == 0 ? -1 : left > 0 ? left : 0;
}

/* Suspends until the command has closed its output. What is too much is read and forgotten. */
static err_t collect(struct running *r)
{
    char waste[4096] = "";

    for (;;) {
        bool full = r->cmd->output->n >= COMMAND_OUTPUT_MAX;
        char *to = full ? waste : buf_room(r->cmd->output, sizeof waste);
        ssize_t n = read(r->out, to, sizeof waste);
        err_t e = ERR_OK;

        if (n == 0)
            return ERR_OK;
        if (n > 0 && !full)
            r->cmd->output->n += (size_t)n;
        if (n < 0 && errno == EAGAIN)
            e = co_wait_fd(r->out, EPOLLIN, time_left(r));
        else if (n < 0 && errno != EINTR)
            return ERR_OK;
        if (e)
            return e;
    }
}

static err_t wait_for(struct running *r)
{
    err_t e = r->cmd->output ? collect(r) : ERR_OK;

    return e ? e : co_wait_fd(r->ended, EPOLLIN, time_left(r));
}

err_t command_run(struct command *cmd)
{
    struct running r = { .cmd = cmd, .out = -1, .ended = -1 };
    err_t e;

    if (cmd->time_ms > 0)
        r.until_ms = clock_ms() + cmd->time_ms;
    e = start(&r);
    if (e)
        return e;
    e = wait_for(&r);
    if (e)
        kill(-r.pid, SIGKILL);
    shut(&r.out);
    shut(&r.ended);
    /* It has ended, or dies now. */
    while (waitpid(r.pid, &cmd->status, 0) < 0 && errno == EINTR)
        ;
    return e;
}

bool command_succeeded(const struct command *cmd)
{
    return WIFEXITED(cmd->status) && WEXITSTATUS(cmd->status) == 0;
}
