/* SPDX-License-Identifier: BSD-2-Clause */
#include "control/reply_file.h"
#include "rt/co.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPEN_TRIES = 20, OPEN_WAIT_MS = 50, WRITE_TIMEOUT_MS = 5000 };

/* The reader may be a moment behind us: ENXIO until it has opened its end. */
static err_t open_reply(const char *path, int *fd)
{
    struct stat st;

    for (int i = 0; i < OPEN_TRIES; i++) {
        *fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
        if (*fd >= 0)
            break;
        if (errno != ENXIO)
            return err_of_errno(errno);
        err_t e = co_sleep(OPEN_WAIT_MS);
        if (e)
            return e;
    }
    if (*fd < 0)
        return ERR_TIMEOUT;
    if (fstat(*fd, &st) == 0 && S_ISFIFO(st.st_mode))
        return ERR_OK;
    close(*fd);
    return ERR_DENIED;
}

err_t reply_file_write(struct str dir, struct str name, struct str bytes)
{
    char path[4096];
    bool slash = dir.n && dir.p[dir.n - 1] == '/';
    int fd = -1;
    err_t e;

    if (name.n == 0 || str_find(name, '/') < name.n || str_starts(name, STR(".")) ||
        dir.n + name.n + 2 > sizeof path)
        return ERR_DENIED;
    snprintf(path, sizeof path, STR_FMT "%s" STR_FMT, STR_ARG(dir), slash ? "" : "/",
             STR_ARG(name));
    e = open_reply(path, &fd);
    while (!e && bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);

        if (n > 0)
            bytes = str_skip(bytes, (size_t)n);
        else if (n < 0 && errno == EAGAIN)
            e = co_wait_fd(fd, EPOLLOUT, WRITE_TIMEOUT_MS);
        else if (n < 0 && errno != EINTR)
            e = ERR_IO;
    }
    if (e != ERR_DENIED && fd >= 0)
        close(fd);
    return e;
}
