/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Serving control clients: a socket or FIFO on one worker, with a coroutine for each client. What a
 * request is, and its answer, is the protocol's business; reading, writing, limits, permissions and
 * stale files are dealt with here.
 */
#pragma once
#include "base/arena.h"
#include "base/net_addr.h"
#include "rt/worker.h"

enum service_kind {
    SERVICE_UNIX, /* a stream socket in the file system */
    SERVICE_UNIX_DATAGRAM,
    SERVICE_TCP,
    SERVICE_UDP,
    SERVICE_FIFO, /* requests only: where answers go is in the request */
};

struct service_spec {
    enum service_kind kind;
    struct str path;      /* of files; a relative one is under the folder of run-time files */
    struct addr addr;     /* of TCP and UDP */
    unsigned mode;        /* permissions of files */
    int64_t user, group;  /* their owner; -1: as it is */
    bool owner_only;      /* unix streams: serve only clients of our own user, or root */
    size_t request_max;   /* longer requests end the connection; 0: 1 MiB */
    unsigned clients_max; /* 0: 64 */
    void *ctx;
};

enum { SERVICE_BAD = -1 };
struct service_protocol {
    const char *name;
    /* How many bytes at the front are the first whole request; 0: more must come; SERVICE_BAD: this
     * is not the protocol, the connection is closed. Not asked for datagrams. */
    int64_t (*frame)(struct str bytes);
    /* Runs one request and appends its answer to `out`. Suspends. `arena` lives as long as it. */
    void (*request)(void *ctx, struct str request, struct arena *arena, struct buf *out);
};

struct service;
/* On the worker that will serve. `why` names the file or address and the reason. */
err_t service_open(const struct service_spec *spec, const struct service_protocol *protocol,
                   struct service **out, struct buf *why) MUST_USE;
/* Stops serving, ends the connections, removes the file. On the same worker; NULL is fine. */
void service_close(struct service *s);

/* "unix:/run/x", "udp:127.0.0.1:2049" … of the service itself and of its clients, for listings. */
const struct service_spec *service_spec(const struct service *s);
/* Whether it serves as `spec` says, so that it need not be opened anew. */
bool service_is(const struct service *s, const struct service_spec *spec);
/* The whole path of its file. */
struct str service_path(const struct service *s);
unsigned service_clients(const struct service *s);
void service_each_client(const struct service *s, void (*fn)(const struct addr *peer, void *arg),
                         void *arg);
/* The port it was bound to, for port 0. */
uint16_t service_port(const struct service *s);

/* A user or group by name or number; ERR_NOT_FOUND. */
err_t service_user(struct str name, int64_t *out) MUST_USE;
err_t service_group(struct str name, int64_t *out) MUST_USE;
