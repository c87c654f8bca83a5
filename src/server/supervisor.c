/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Three processes: the one the user started waits for the word that the server is up and exits; the
 * supervisor stays, passes signals on and starts the server again when it dies of a signal; the
 * server serves.
 */
#include "server/supervisor.h"
#include "base/clock.h"
#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RESTART_PAUSE_S = 1, RESTARTS_MAX = 10, RESTART_WINDOW_S = 60 };

void detach_stdio(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (null < 0)
        return;
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    close(null);
}

static pid_t start_server(const struct options *o, int ready,
                          int (*serve)(const struct options *, int))
{
    pid_t parent = getpid(), child = fork();

    if (child != 0)
        return child;
    /* The server must not outlive its supervisor. */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    exit(serve(o, ready));
}

/* Waits for the child's end; signals that arrive meanwhile are passed on to it. */
static int wait_for(pid_t child, bool *asked_to_stop)
{
    sigset_t set;
    int signal_number, status;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGCHLD);
    for (;;) {
        if (waitpid(child, &status, WNOHANG) == child)
            return status;
        if (sigwait(&set, &signal_number))
            continue;
        if (signal_number == SIGTERM || signal_number == SIGINT)
            *asked_to_stop = true;
        if (signal_number != SIGCHLD)
            kill(child, signal_number);
    }
}

static void block_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGCHLD);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static int run_supervisor(const struct options *o, int ready,
                          int (*serve)(const struct options *, int))
{
    int64_t window = clock_unix();
    int restarts = 0;
    bool stop = false;

    block_signals();
    for (;;) {
        pid_t child = start_server(o, ready, serve);
        if (child < 0)
            return 1;
        if (ready >= 0) {
            close(ready);
            detach_stdio();
        }
        ready = -1;
        int status = wait_for(child, &stop);
        if (WIFEXITED(status) || stop)
            return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
        log_write(LOG_ALERT, "server", "the server died of signal %d and is started again",
                  WTERMSIG(status));
        if (clock_unix() - window > RESTART_WINDOW_S) {
            window = clock_unix();
            restarts = 0;
        }
        if (++restarts > RESTARTS_MAX) {
            log_write(LOG_ALERT, "server", "%d deaths within %d s: giving up", restarts,
                      RESTART_WINDOW_S);
            return 1;
        }
        sleep(RESTART_PAUSE_S);
    }
}

int supervise(const struct options *o, int (*serve)(const struct options *, int))
{
    int pipe_ends[2];
    char up;
    pid_t child;

    if (pipe2(pipe_ends, O_CLOEXEC) || (child = fork()) < 0) {
        fprintf(stderr, "tandem: cannot start a process: %s\n", strerror(errno));
        return 1;
    }
    if (child == 0) {
        close(pipe_ends[0]);
        setsid();
        exit(run_supervisor(o, pipe_ends[1], serve));
    }
    close(pipe_ends[1]);
    if (read(pipe_ends[0], &up, 1) == 1)
        return 0;
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : 1;
}
