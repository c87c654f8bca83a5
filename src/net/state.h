/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this folder share. */
#pragma once
#include "net/frame.h"
#include "net/net.h"
#include "rt/snapshot.h"

/* One worker's socket of a listener. Touched by its worker only, once it was handed over. */
struct listener_part {
    struct listener_io *io;
    unsigned worker;
    int fd; /* -1: closed */
    struct watch *watch;
    struct turn_end flush;
    struct udp_queue *queue; /* datagrams to be sent; NULL: none yet */
    uint32_t dropped;        /* datagrams that found the receive queue full, as the kernel counts */
    struct timer retry;      /* accepting again after the process ran out of descriptors */
};

/* The sockets behind listeners of one protocol and address. Lives until net_end. */
struct listener_io {
    struct link link;
    enum proto proto;
    struct addr addr;
    unsigned flags;
    _Atomic(struct listener *) shown; /* the listener that packets are said to come from */
    bool open;                        /* as of the last listeners_apply */
    bool wanted;                      /* scratch of listeners_apply */
    int *fresh;                       /* scratch: sockets opened, not yet handed over */
    unsigned n_parts;
    struct listener_part part[];
};

enum net_stat {
    NET_UDP_RECEIVED,
    NET_UDP_SENT,
    NET_UDP_SEND_ERRORS,
    NET_UDP_DROPPED,
    NET_KEEPALIVES,
    NET_OVERSIZE,
    NET_MALFORMED,
    NET_HANDED_OVER,
    NET_TCP_RECEIVED,
    NET_TCP_SENT,
    NET_CONNECT_SUCCESS,
    NET_CONNECT_FAILED,
    NET_PASSIVE_OPEN,
    NET_ESTABLISHED,
    NET_CON_RESET,
    NET_CON_TIMEOUT,
    NET_SEND_TIMEOUT,
    NET_SENDQ_FULL,
    NET_LOCAL_REJECT,
    NET_OPEN,
    NET_QUEUED,
};
void net_count(enum net_stat s, int64_t n);

/* One worker's part of the network. */
enum { UDP_BATCH = 16, DATAGRAM_MAX = 65536 };
struct net_worker {
    struct worker *worker;
    char *scratch; /* UDP_BATCH * DATAGRAM_MAX bytes; only touched pages cost */
    struct udp_batch *batch;
    uint64_t dropped;            /* datagrams lost because receive queues were full */
    struct connections *streams; /* stream.c */
};
struct net_worker *net_here(void);

/* How bytes move: real sockets, or the network in memory. */
struct stream;
struct net_backend {
    /* Opens one socket per worker into fds; the address' port is filled in when it was 0. */
    err_t (*open)(struct listener_io *io, int *fds, unsigned n, struct buf *why);
    void (*discard)(int fd);                /* opened, but not to be used */
    void (*start)(struct listener_part *p); /* on its worker: begin to receive */
    void (*stop)(struct listener_part *p);
    /* Sends datagrams; how many went out, or -1 and errno. */
    int (*send_datagrams)(struct listener_part *p, struct mmsghdr *m, unsigned n);
    /* Streams; as the system calls of these names. */
    err_t (*connect)(struct stream *s, const struct flow *to);
    err_t (*connected)(struct stream *s); /* how the connecting went */
    ssize_t (*read)(struct stream *s, char *space, size_t n);
    ssize_t (*write)(struct stream *s, const char *bytes, size_t n);
    void (*watch)(struct stream *s, unsigned events); /* 0: none any more */
    void (*shut)(struct stream *s);                   /* nothing more will be written */
    void (*close)(struct stream *s);
};
const struct net_backend *net_backend(void);
void net_set_backend(const struct net_backend *b); /* before net_begin */
extern const struct net_backend net_kernel;

const struct net_upcalls *net_up(void);
void net_closed(const struct flow *f, err_t why); /* tells who wants to know */
struct frame_limits net_frame_limits(void);

/* Hands a received message to the home of its call. */
struct packet *packet_new(struct str bytes, const struct flow *from, int64_t received_us);
void packet_deliver(struct packet *p);

/* udp.c: a datagram that arrived; and what is to be sent. */
void udp_received(struct listener_part *at, struct str bytes, bool cut, const struct addr *from,
                  int64_t received_us);
void udp_readable(void *part, unsigned events);
err_t udp_send(const struct flow *to, struct str bytes);
void udp_close(struct listener_part *p); /* its queue */
void udp_worker_begin(struct net_worker *w);
void udp_worker_end(struct net_worker *w);

/* listener.c */
void listeners_begin(void);
void listeners_worker_end(void);
void listeners_end(void);
struct listener *listener_shown(const struct listener_io *io);

/* socket.c */
void socket_tune_stream(int fd);
