/* SPDX-License-Identifier: BSD-2-Clause */
/* Files and addresses of services: made with the right owner and mode, never over a live one. */
#include "control/service_file.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static err_t refuse(struct buf *why, const struct service_spec *spec, const char *what, int number)
{
    if (spec->kind == SERVICE_TCP || spec->kind == SERVICE_UDP)
        addr_print(why, &spec->addr);
    else
        buf_add(why, spec->path);
    buf_fmt(why, ": %s%s%s", what, number ? ": " : "", number ? strerror(number) : "");
    return number ? err_of_errno(number) : ERR_STATE;
}

static bool unix_address(struct str path, struct sockaddr_un *out)
{
    *out = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (path.n == 0 || path.n >= sizeof out->sun_path)
        return false;
    memcpy(out->sun_path, path.p, path.n);
    return true;
}

/* Removes what an earlier process left; false when somebody still serves there, or it is a file of
 * another kind. */
static bool clear_stale(const struct sockaddr_un *at, int type)
{
    struct stat st;
    int fd;
    bool alive;

    if (lstat(at->sun_path, &st))
        return errno == ENOENT;
    if (!S_ISSOCK(st.st_mode))
        return false;
    fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    alive = connect(fd, (const struct sockaddr *)at, sizeof *at) == 0 || errno == EAGAIN;
    close(fd);
    return !alive && unlink(at->sun_path) == 0;
}

static err_t set_owner(const struct service_spec *spec, const char *path, struct buf *why)
{
    uid_t uid = spec->user < 0 ? (uid_t)-1 : (uid_t)spec->user;
    gid_t gid = spec->group < 0 ? (gid_t)-1 : (gid_t)spec->group;

    if ((spec->user >= 0 || spec->group >= 0) && lchown(path, uid, gid))
        return refuse(why, spec, "the owner cannot be set", errno);
    if (chmod(path, (mode_t)spec->mode))
        return refuse(why, spec, "the mode cannot be set", errno);
    return ERR_OK;
}

static err_t open_unix(const struct service_spec *spec, int type, int *fd, struct buf *why)
{
    struct sockaddr_un at;
    mode_t before;
    int failed;
    err_t e;

    if (!unix_address(spec->path, &at))
        return refuse(why, spec, "this is no path for a socket", 0);
    if (!clear_stale(&at, type))
        return refuse(why, spec, "the file is in use by another server, or no socket", 0);
    *fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0)
        return refuse(why, spec, "no socket", errno);
    before = umask(0177); /* nobody else may come in before the mode is set */
    failed = bind(*fd, (const struct sockaddr *)&at, sizeof at) ? errno : 0;
    umask(before);
    if (failed) {
        close(*fd);
        return refuse(why, spec, "cannot be bound", failed);
    }
    e = set_owner(spec, at.sun_path, why);
    if (!e && type == SOCK_STREAM && listen(*fd, 64))
        e = refuse(why, spec, "cannot listen", errno);
    if (e) {
        unlink(at.sun_path);
        close(*fd);
    }
    return e;
}

static err_t open_inet(const struct service_spec *spec, int type, int *fd, struct buf *why)
{
    int on = 1, failed = 0;

    *fd = socket(spec->addr.sa.sa_family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*fd < 0)
        return refuse(why, spec, "no socket", errno);
    if (type == SOCK_STREAM)
        setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(*fd, &spec->addr.sa, addr_len(&spec->addr)) ||
        (type == SOCK_STREAM && listen(*fd, 64)))
        failed = errno;
    if (!failed)
        return ERR_OK;
    close(*fd);
    return refuse(why, spec, "cannot be bound", failed);
}

static err_t open_fifo(const struct service_spec *spec, int *fd, struct buf *why)
{
    char path[4096];
    struct stat st;
    err_t e;

    if (spec->path.n == 0 || spec->path.n >= sizeof path)
        return refuse(why, spec, "this is no path for a FIFO", 0);
    memcpy(path, spec->path.p, spec->path.n);
    path[spec->path.n] = '\0';
    if (lstat(path, &st) == 0) {
        if (!S_ISFIFO(st.st_mode))
            return refuse(why, spec, "there is a file that is no FIFO", 0);
        unlink(path);
    }
    if (mkfifo(path, 0600))
        return refuse(why, spec, "the FIFO cannot be made", errno);
    e = set_owner(spec, path, why);
    if (e) {
        unlink(path);
        return e;
    }
    /* Also open for writing, so that it never ends when a client closes it. */
    *fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
    if (*fd >= 0)
        return ERR_OK;
    e = refuse(why, spec, "the FIFO cannot be opened", errno);
    unlink(path);
    return e;
}

err_t service_open_fd(const struct service_spec *spec, int *fd, struct buf *why)
{
    switch (spec->kind) {
    case SERVICE_UNIX: return open_unix(spec, SOCK_STREAM, fd, why);
    case SERVICE_UNIX_DATAGRAM: return open_unix(spec, SOCK_DGRAM, fd, why);
    case SERVICE_TCP: return open_inet(spec, SOCK_STREAM, fd, why);
    case SERVICE_UDP: return open_inet(spec, SOCK_DGRAM, fd, why);
    case SERVICE_FIFO: return open_fifo(spec, fd, why);
    }
    return ERR_UNSUPPORTED;
}

static bool as_number(struct str name, int64_t *out)
{
    return str_to_i64(name, out) == ERR_OK && *out >= 0;
}

err_t service_user(struct str name, int64_t *out)
{
    char *z, space[4096];
    struct passwd row, *found = NULL;

    if (as_number(name, out))
        return ERR_OK;
    z = mem_strdup(MEM_CONTROL, name);
    if (getpwnam_r(z, &row, space, sizeof space, &found))
        found = NULL;
    mem_free(MEM_CONTROL, z);
    if (!found)
        return ERR_NOT_FOUND;
    *out = found->pw_uid;
    return ERR_OK;
}

err_t service_group(struct str name, int64_t *out)
{
    char *z, space[4096];
    struct group row, *found = NULL;

    if (as_number(name, out))
        return ERR_OK;
    z = mem_strdup(MEM_CONTROL, name);
    if (getgrnam_r(z, &row, space, sizeof space, &found))
        found = NULL;
    mem_free(MEM_CONTROL, z);
    if (!found)
        return ERR_NOT_FOUND;
    *out = found->gr_gid;
    return ERR_OK;
}
