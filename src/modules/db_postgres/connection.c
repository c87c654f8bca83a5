/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection: opening it, and a query with its result, without blocking a worker. */
#include "base/clock.h"
#include "modules/db_postgres/inner.h"
#include "rt/offload.h"
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <time.h>

enum { ARGS_MAX = 64, ADDRESSES_MAX = 8, CONNECT_MS = 10000 };

err_t postgres_wait(PGconn *handle, bool for_writing, int64_t ms)
{
    int fd = PQsocket(handle);
    struct pollfd p = { .fd = fd, .events = for_writing ? POLLIN | POLLOUT : POLLIN };
    int n;

    if (fd < 0)
        return ERR_IO;
    if (co_self())
        return co_wait_fd(fd, for_writing ? EPOLLIN | EPOLLOUT : EPOLLIN, ms);
    n = poll(&p, 1, ms < 0 ? -1 : (int)ms);
    return n > 0 ? ERR_OK : n == 0 ? ERR_TIMEOUT : ERR_IO;
}

struct lookup {
    const char *host;
    struct addrinfo *found;
};

static int64_t left_of(int64_t until)
{
    int64_t left = until - clock_ms();

    return left > 0 ? left : 0;
}

static void add_error(PGconn *handle, struct buf *why)
{
    buf_add(why, str_trim(str_of(PQerrorMessage(handle))));
}

/* libpq reads its own connect_timeout only where it may block; ours covers every case. */
static err_t finish_connecting(PGconn *handle, int64_t until, struct buf *why)
{
    for (;;) {
        PostgresPollingStatusType state = PQconnectPoll(handle);
        err_t e;

        if (state == PGRES_POLLING_OK)
            return ERR_OK;
        if (state == PGRES_POLLING_FAILED) {
            add_error(handle, why);
            return ERR_IO;
        }
        e = left_of(until) ? ERR_OK : ERR_TIMEOUT;
        if (!e) { /* only one direction: a fresh socket is always writable */
            int fd = PQsocket(handle);
            struct pollfd p = { .fd = fd,
                                .events = state == PGRES_POLLING_WRITING ? POLLOUT : POLLIN };

            if (co_self())
                e = co_wait_fd(fd, state == PGRES_POLLING_WRITING ? EPOLLOUT : EPOLLIN,
                               left_of(until));
            else
                e = poll(&p, 1, (int)left_of(until)) > 0 ? ERR_OK : ERR_TIMEOUT;
        }
        if (e) {
            buf_fmt(why, "connecting: %s", err_text(e));
            return e;
        }
    }
}

static void look_up(void *arg)
{
    struct lookup *l = arg;
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM };

    if (getaddrinfo(l->host, NULL, &hints, &l->found) != 0)
        l->found = NULL;
}

/* libpq would resolve the name itself, and block meanwhile. It tries the addresses in turn, and
 * wants the name said for each. */
static void add_addresses(const char *host, struct buf *parameters)
{
    struct lookup l = { .host = host };
    char text[INET6_ADDRSTRLEN];
    struct buf names, addresses;
    unsigned n = 0;

    offload_run(look_up, &l);
    if (!l.found)
        return;
    buf_init(&names, MEM_DATABASE);
    buf_init(&addresses, MEM_DATABASE);
    for (const struct addrinfo *i = l.found; i && n < ADDRESSES_MAX; i = i->ai_next)
        if (getnameinfo(i->ai_addr, i->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) ==
            0) {
            buf_fmt(&names, "%s%s", n ? "," : "", host);
            buf_fmt(&addresses, "%s%s", n ? "," : "", text);
            n++;
        }
    if (n)
        buf_fmt(parameters, " host='" STR_FMT "' hostaddr='" STR_FMT "'", STR_ARG(buf_str(&names)),
                STR_ARG(buf_str(&addresses)));
    buf_free(&names);
    buf_free(&addresses);
    freeaddrinfo(l.found);
}

err_t postgres_connect(const struct pool *p, const struct tuning *t, struct connection **out,
                       struct buf *why)
{
    struct connection *c = mem_zalloc(MEM_DATABASE, sizeof *c);
    int64_t limit = t->timeout_ms > 0 ? t->timeout_ms : CONNECT_MS;
    struct buf parameters;
    err_t e = ERR_OK;

    list_init(&c->link);
    buf_init(&parameters, MEM_DATABASE);
    buf_addz(&parameters, p->parameters);
    if (p->host)
        add_addresses(p->host, &parameters);
    buf_char(&parameters, '\0');
    c->handle = PQconnectStart(parameters.p);
    buf_free(&parameters);
    if (!c->handle || PQstatus(c->handle) == CONNECTION_BAD) {
        if (c->handle)
            add_error(c->handle, why);
        e = ERR_IO;
    }
    if (!e)
        e = finish_connecting(c->handle, clock_ms() + limit, why);
    if (!e && PQsetnonblocking(c->handle, 1) != 0)
        e = ERR_IO;
    if (e) {
        postgres_disconnect(c);
        return e;
    }
    *out = c;
    return ERR_OK;
}

void postgres_disconnect(struct connection *c)
{
    PQfinish(c->handle);
    mem_free(MEM_DATABASE, c);
}

/* Columns without time zone hold local time, as other servers write it. */
static struct db_value local_time(const struct db_value *v)
{
    time_t at = (time_t)v->i;
    struct tm tm;

    localtime_r(&at, &tm);
    return DB_OF_TIME(v->i + tm.tm_gmtoff);
}

/* Arguments as text, and what type they have where that is not to be guessed. */
struct arguments {
    const char *values[ARGS_MAX];
    int lengths[ARGS_MAX], formats[ARGS_MAX];
    Oid types[ARGS_MAX];
};

enum { OID_BYTEA = 17 };

static void set_argument(struct arguments *a, size_t i, const struct db_value *v,
                         struct arena *arena)
{
    struct db_value shown = v->type == DB_TIME ? local_time(v) : *v;
    struct str text;

    if (v->type == DB_NULL)
        return;
    if (v->type == DB_BLOB) {
        a->values[i] = v->s.p ? v->s.p : "";
        a->lengths[i] = (int)v->s.n;
        a->formats[i] = 1;
        a->types[i] = OID_BYTEA;
        return;
    }
    text = db_text(&shown, arena);
    a->values[i] = v->type == DB_STR ? arena_dup(arena, text.p ? text : STR("")).p : text.p;
}

static err_t send_query(struct connection *c, struct query *q, struct buf *why)
{
    struct arguments a = { 0 };
    char *sql = mem_strdup(MEM_DATABASE, q->sql);
    int sent;

    for (size_t i = 0; i < q->n_args; i++)
        set_argument(&a, i, &q->args[i], q->arena);
    /* The simple protocol takes several statements; the extended one takes arguments. */
    sent = q->n_args ? PQsendQueryParams(c->handle, sql, (int)q->n_args, a.types, a.values,
                                         a.lengths, a.formats, 0)
                     : PQsendQuery(c->handle, sql);
    mem_free(MEM_DATABASE, sql);
    if (sent)
        return ERR_OK;
    add_error(c->handle, why);
    return ERR_IO;
}

static err_t flush(struct connection *c, int64_t ms)
{
    for (;;) {
        int left = PQflush(c->handle);
        err_t e;

        if (left <= 0)
            return left ? ERR_IO : ERR_OK;
        e = postgres_wait(c->handle, true, ms);
        if (e)
            return e;
        if (!PQconsumeInput(c->handle))
            return ERR_IO;
    }
}

/* All results up to the end; the first failure counts. */
static err_t take_results(struct connection *c, int64_t until, struct query *q)
{
    err_t result = ERR_OK;

    for (;;) {
        PGresult *r;
        ExecStatusType status;

        while (PQisBusy(c->handle)) {
            err_t e = postgres_wait(c->handle, false, until ? left_of(until) : -1);

            if (e)
                return e;
            if (!PQconsumeInput(c->handle))
                return ERR_IO;
        }
        r = PQgetResult(c->handle);
        if (!r)
            return result;
        status = PQresultStatus(r);
        if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
            postgres_read_result(r, q);
        } else if (status != PGRES_EMPTY_QUERY && !result) {
            buf_add(q->why, str_trim(str_of(PQresultErrorMessage(r))));
            result = ERR_BACKEND;
        }
        PQclear(r);
    }
}

static void send_cancel(void *arg)
{
    char error[128];

    (void)PQcancel(arg, error, sizeof error);
}

/* Asks the server to give up what it still does for us. That takes a connection of its own, which
 * libpq only opens in a blocking way. */
static void cancel(struct connection *c)
{
    PGcancel *request = PQgetCancel(c->handle);

    if (request)
        offload_run(send_cancel, request);
    PQfreeCancel(request);
}

err_t postgres_run(struct connection *c, const struct tuning *t, struct query *q, bool *lost)
{
    int64_t until = t->timeout_ms > 0 ? clock_ms() + t->timeout_ms : 0;
    err_t e = ERR_OK;

    *lost = false;
    if (q->n_args > ARGS_MAX)
        return ERR_LIMIT;
    e = send_query(c, q, q->why);
    if (!e)
        e = flush(c, until ? left_of(until) : -1);
    if (!e)
        e = take_results(c, until, q);
    if (e == ERR_TIMEOUT || e == ERR_CANCELED)
        cancel(c);
    if (e == ERR_BACKEND)
        *lost = PQstatus(c->handle) == CONNECTION_BAD;
    else if (e)
        *lost = true;
    if (e && e != ERR_BACKEND && q->why->n == 0) {
        add_error(c->handle, q->why);
        if (q->why->n == 0)
            buf_addz(q->why, err_text(e));
    }
    return *lost && e == ERR_BACKEND ? ERR_IO : e;
}
