/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/log_custom/target.h"
#include <fcntl.h>
#include <unistd.h>

void log_target_init(struct log_target *t)
{
    atomic_store(&t->fd, -1);
}

err_t log_target_parse(struct str text, struct addr *out)
{
    size_t colon = text.n;
    uint32_t port;

    if (str_istarts(text, STR("udp:")))
        text = str_skip(text, 4);
    colon = text.n;
    while (colon > 0 && text.p[colon - 1] != ':')
        colon--;
    if (colon < 2 || str_to_u32(str_skip(text, colon), &port) || port == 0 || port > 65535)
        return ERR_SYNTAX;
    return addr_parse(str_cut(text, 0, colon - 1), (uint16_t)port, out);
}

/* A new socket takes the place of the old one at once, so that a sender finds the one or the
 * other. */
err_t log_target_set(struct log_target *t, const struct addr *to)
{
    int fresh = socket(to->sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int old = atomic_load(&t->fd);

    if (fresh < 0)
        return ERR_IO;
    if (connect(fresh, &to->sa, addr_len(to))) {
        close(fresh);
        return ERR_IO;
    }
    if (old < 0) {
        atomic_store(&t->fd, fresh);
        return ERR_OK;
    }
    if (dup3(fresh, old, O_CLOEXEC) < 0) {
        close(fresh);
        return ERR_IO;
    }
    close(fresh);
    return ERR_OK;
}

int64_t log_target_send(struct log_target *t, struct str text)
{
    int fd = atomic_load(&t->fd);

    if (fd < 0)
        return -1;
    /* A port that nobody listens on is told by the next call (ICMP): then this text is not lost. */
    for (int tries = 0; tries < 2; tries++) {
        ssize_t n = send(fd, text.p, text.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0)
            return n;
    }
    return -1;
}

void log_target_close(struct log_target *t)
{
    int fd = atomic_exchange(&t->fd, -1);

    if (fd >= 0)
        close(fd);
}
