/* SPDX-License-Identifier: BSD-2-Clause */
/* Which modules of the process have been started, in what order. */
#include "server/modules.h"
#include "base/log.h"
#include "rt/worker.h"

enum { STARTED_MAX = 512 };

static struct {
    const struct module *started[STARTED_MAX];
    size_t n;        /* started */
    size_t accepted; /* of these, how many belong to a generation that was made current */
    bool joined;     /* those beyond have begun in the workers too */
} self;

static const void *conf_of(const struct generation *g, const struct module *m)
{
    return m->slot ? g->confs[m->slot->index] : NULL;
}

static bool is_started(const struct module *m)
{
    for (size_t i = 0; i < self.n; i++)
        if (self.started[i] == m)
            return true;
    return false;
}

static err_t leave_worker(void *arg)
{
    (void)arg;
    for (size_t i = self.n; i-- > self.accepted;)
        if (self.started[i]->worker_stop)
            self.started[i]->worker_stop();
    return ERR_OK;
}

void modules_roll_back(void)
{
    if (self.joined && workers_each(leave_worker, NULL) != ERR_OK)
        log_error("server", "a worker did not let go of a refused module");
    self.joined = false;
    while (self.n > self.accepted) {
        const struct module *m = self.started[--self.n];
        if (m->stop)
            m->stop();
    }
}

err_t modules_start(const struct generation *g, struct buf *why)
{
    for (size_t i = 0; i < g->n_modules; i++) {
        const struct module *m = g->modules[i];
        if (is_started(m))
            continue;
        ASSERT(self.n < STARTED_MAX);
        err_t e = m->start ? m->start(conf_of(g, m)) : ERR_OK;
        if (e) {
            buf_fmt(why, "module %s could not start: %s (its reason is in the log)\n", m->name,
                    err_text(e));
            modules_roll_back();
            return e;
        }
        self.started[self.n++] = m;
    }
    return ERR_OK;
}

struct join {
    const struct generation *g;
    const struct module *failed;
};

static err_t join_worker(void *arg)
{
    struct join *j = arg;

    for (size_t i = self.accepted; i < self.n; i++) {
        const struct module *m = self.started[i];
        err_t e = m->worker_start ? m->worker_start(conf_of(j->g, m)) : ERR_OK;
        if (e) {
            j->failed = m;
            return e;
        }
    }
    return ERR_OK;
}

err_t modules_join_workers(const struct generation *g, struct buf *why)
{
    struct join j = { .g = g };
    err_t e;

    if (self.accepted == self.n)
        return ERR_OK;
    self.joined = true;
    e = workers_each(join_worker, &j);
    if (e) {
        buf_fmt(why, "module %s could not start in a worker: %s\n", j.failed ? j.failed->name : "?",
                err_text(e));
        modules_roll_back();
    }
    return e;
}

err_t modules_begin_worker(const struct generation *g)
{
    for (size_t i = 0; i < self.n; i++) {
        const struct module *m = self.started[i];
        err_t e = m->worker_start ? m->worker_start(conf_of(g, m)) : ERR_OK;
        if (e) {
            log_error("server", "module %s could not start in worker %u: %s", m->name,
                      worker_index(worker_self()), err_text(e));
            return e;
        }
    }
    return ERR_OK;
}

void modules_end_worker(void)
{
    for (size_t i = self.n; i-- > 0;)
        if (self.started[i]->worker_stop)
            self.started[i]->worker_stop();
}

void modules_adopt(const struct generation *g)
{
    self.accepted = self.n;
    self.joined = false;
    for (size_t i = 0; i < g->n_modules; i++)
        if (g->modules[i]->adopt)
            g->modules[i]->adopt(conf_of(g, g->modules[i]));
}

void modules_stop(void)
{
    self.accepted = 0;
    modules_roll_back();
}
