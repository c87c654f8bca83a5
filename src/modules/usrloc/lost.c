/* SPDX-License-Identifier: BSD-2-Clause */
/* Contacts whose connection ends go with it (handle_lost_tcp). Which AOR registered over which
 * connection is kept here until the connection ends. */
#include "base/log.h"
#include "modules/usrloc/inner.h"
#include "net/net.h"
#include "rt/co.h"

enum { LOST_BUCKETS = 4096 };

struct binding {
    struct binding *next;
    uint64_t connection;
    struct location *in;
    struct str aor;
    char text[];
};

static struct {
    pthread_mutex_t lock;
    struct binding *bindings[LOST_BUCKETS];
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct binding **bucket_of(uint64_t connection)
{
    return &self.bindings[hash_keyed((struct str){ (const char *)&connection, sizeof connection }) %
                          LOST_BUCKETS];
}

/* Takes all of a connection out. */
static struct binding *take(uint64_t connection)
{
    struct binding *taken = NULL;

    pthread_mutex_lock(&self.lock);
    for (struct binding **at = bucket_of(connection); *at;) {
        struct binding *b = *at;

        if (b->connection != connection) {
            at = &b->next;
            continue;
        }
        *at = b->next;
        b->next = taken;
        taken = b;
    }
    pthread_mutex_unlock(&self.lock);
    return taken;
}

static err_t remove_lost(struct aor_edit *a, void *arg)
{
    const struct binding *b = arg;

    for (struct contact *c = aor_first(a), *next; c; c = next) {
        next = c->next;
        if (c->connection == b->connection)
            aor_expire(a, c);
    }
    return ERR_OK;
}

static void forget(void *arg)
{
    for (struct binding *b = arg, *next; b; b = next) {
        next = b->next;
        if (usrloc_conf()->handle_lost_tcp && location_update(b->in, b->aor, remove_lost, b))
            log_warn("usrloc", "contacts of " STR_FMT " outlive their connection until they expire",
                     STR_ARG(b->aor));
        mem_free(MEM_LOCATION, b);
    }
}

static void forget_all(uint64_t connection)
{
    struct binding *lost = take(connection);

    if (lost)
        co_spawn(forget, lost);
}

void lost_note(struct location *in, struct str aor, uint64_t connection)
{
    struct binding **bucket = bucket_of(connection), *b;

    pthread_mutex_lock(&self.lock);
    for (b = *bucket; b; b = b->next)
        if (b->connection == connection && b->in == in && str_eq(b->aor, aor))
            break;
    if (!b) {
        b = mem_alloc(MEM_LOCATION, sizeof *b + aor.n);
        *b = (struct binding){ .next = *bucket, .connection = connection, .in = in };
        memcpy(b->text, aor.p, aor.n);
        b->aor = (struct str){ b->text, aor.n };
        *bucket = b;
    }
    pthread_mutex_unlock(&self.lock);
    if (!connection_exists(connection)) /* it ended before this was noted */
        forget_all(connection);
}

static void closed(const struct flow *f, err_t why)
{
    (void)why;
    forget_all(f->connection);
}

void lost_begin(void)
{
    net_on_closed(closed);
}

void lost_end(void)
{
    for (size_t i = 0; i < LOST_BUCKETS; i++)
        while (self.bindings[i]) {
            struct binding *b = self.bindings[i];

            self.bindings[i] = b->next;
            mem_free(MEM_LOCATION, b);
        }
}
