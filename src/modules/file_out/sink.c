/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/file_out/sink.h"
#include "base/buf.h"
#include "base/file.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void sink_close(struct sink *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

static err_t begin(struct sink *s, int64_t now_s)
{
    struct buf path;

    sink_close(s);
    buf_init(&path, MEM_MODULE);
    buf_fmt(&path, STR_FMT "_%lld" STR_FMT, STR_ARG(s->path), (long long)now_s,
            STR_ARG(s->extension));
    buf_char(&path, '\0');
    s->fd = open(path.p, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    s->begun_s = now_s;
    buf_free(&path);
    return s->fd < 0 ? err_of_errno(errno) : ERR_OK;
}

/* In one piece, so that lines stay whole. */
err_t sink_write(struct sink *s, struct str line, int64_t now_s)
{
    struct buf text;
    err_t e = ERR_OK;

    if (s->fd < 0 || now_s - s->begun_s >= s->interval_s)
        e = begin(s, now_s);
    if (e)
        return e;
    buf_init(&text, MEM_MODULE);
    buf_add(&text, line);
    buf_char(&text, '\n');
    e = file_write_all(s->fd, buf_str(&text));
    buf_free(&text);
    return e;
}
