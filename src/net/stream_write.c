/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing to connections: at once what goes at once, the rest waits in a queue. */
#include "net/stream_parts.h"
#include <errno.h>
#include <sys/epoll.h>

static struct {
    _Atomic(size_t) queued; /* bytes, of all connections of all workers */
} self;

/* Failed messages go back to who sent them, in a later turn. */

static void came_back(struct post *p)
{
    struct stream_item *it = LIST_OF(p, struct stream_item, post);

    if (net_up()->send_failed)
        net_up()->send_failed(&it->to, (struct str){ it->bytes, it->n }, it->why);
    mem_free(MEM_NET, it);
}

void stream_give_up(struct stream_item *it, err_t why)
{
    if (!it->origin) {
        mem_free(MEM_NET, it);
        return;
    }
    it->why = why;
    it->post.fn = came_back;
    worker_post_item(it->origin, &it->post);
}

void stream_count_queued(struct stream *s, size_t n, bool more)
{
    int64_t change = more ? (int64_t)n : -(int64_t)n;

    s->queued = more ? s->queued + n : s->queued - n;
    atomic_fetch_add_explicit(&self.queued, (size_t)change, memory_order_relaxed);
    net_count(NET_QUEUED, change);
}

void stream_watch(struct stream *s)
{
    unsigned events = EPOLLIN;

    if (s->connecting)
        events = EPOLLOUT;
    else if (!list_empty(&s->queue))
        events |= EPOLLOUT;
    net_backend()->watch(s, events);
}

void stream_finish(struct stream *s)
{
    s->blocked_ms = 0;
    if (!s->closing || s->shut)
        return;
    /* Not closed yet: what the other side is still sending would make the kernel reset the
     * connection, and our last message be lost with it. */
    s->shut = s->last = true;
    s->last_ms = worker_now();
    stream_leave_addresses(s);
    net_backend()->shut(s);
    stream_arm(s);
}

/* Writes what it can of the queue. */
void stream_write_queue(struct stream *s)
{
    while (!list_empty(&s->queue)) {
        struct stream_item *it = LIST_OF(s->queue.next, struct stream_item, link);
        ssize_t n = net_backend()->write(s, it->bytes + it->done, it->n - it->done);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        if (n < 0) {
            stream_close(s, err_of_errno(errno));
            return;
        }
        it->done += (size_t)n;
        s->blocked_ms = s->active_ms = s->sent_ms = worker_now();
        stream_count_queued(s, (size_t)n, false);
        if (it->done < it->n)
            break;
        list_remove(&it->link);
        net_count(NET_TCP_SENT, it->origin != NULL);
        mem_free(MEM_NET, it);
    }
    if (list_empty(&s->queue))
        stream_finish(s);
    stream_watch(s);
}

struct stream_item *stream_item_new(const struct flow *to, struct str bytes, struct worker *origin)
{
    struct stream_item *it = mem_alloc(MEM_NET, sizeof *it + bytes.n);

    memset(it, 0, sizeof *it);
    it->to = *to;
    it->origin = origin;
    it->n = bytes.n;
    memcpy(it->bytes, bytes.p, bytes.n);
    return it;
}

static void enqueue(struct stream *s, struct stream_item *it)
{
    if (list_empty(&s->queue))
        s->blocked_ms = worker_now();
    list_push(&s->queue, &it->link);
    stream_count_queued(s, it->n - it->done, true);
    if (!s->connecting)
        stream_watch(s);
    stream_arm(s);
}

static err_t room_for(const struct stream *s, size_t n)
{
    const struct net_conf *conf = net_conf();
    size_t all = atomic_load_explicit(&self.queued, memory_order_relaxed);

    if (s->queued + n <= conf->tcp_queue_connection && all + n <= conf->tcp_queue_all)
        return ERR_OK;
    net_count(NET_SENDQ_FULL, 1);
    return ERR_LIMIT;
}

/* Writes at once what goes at once. `done` of the bytes went; ERR_OK also when none did. */
static err_t write_now(struct stream *s, struct str bytes, size_t *done)
{
    ssize_t n;

    *done = 0;
    if (s->connecting || !list_empty(&s->queue))
        return ERR_OK;
    n = net_backend()->write(s, bytes.p, bytes.n);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return ERR_OK;
    if (n < 0) {
        stream_close(s, err_of_errno(errno));
        return ERR_UNREACHABLE;
    }
    *done = (size_t)n;
    s->active_ms = s->sent_ms = worker_now();
    return ERR_OK;
}

err_t stream_put(struct stream *s, const struct flow *to, struct str bytes, struct worker *origin)
{
    size_t done;
    err_t e = s->shut ? ERR_UNREACHABLE : write_now(s, bytes, &done);

    if (e)
        return e;
    if (done < bytes.n) {
        e = done ? ERR_OK : room_for(s, bytes.n);
        if (e)
            return e;

        struct stream_item *it = stream_item_new(to, bytes, origin);

        it->done = done;
        enqueue(s, it);
    } else {
        net_count(NET_TCP_SENT, origin != NULL);
    }
    if ((to->flags & FLOW_CLOSE || s->last) && origin) {
        s->closing = true;
        if (list_empty(&s->queue))
            stream_finish(s);
    }
    return ERR_OK;
}

void stream_put_bytes(struct stream *s, struct str bytes)
{
    (void)stream_put(s, &s->flow, bytes, NULL);
}
