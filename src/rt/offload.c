/* SPDX-License-Identifier: BSD-2-Clause */
#include "rt/offload.h"
#include "rt/state.h"
#include <pthread.h>
#include <stdio.h>

enum { THREADS_MAX = 64 };

struct job {
    struct job *next;
    void (*fn)(void *arg);
    void *arg;
    struct post post;
    struct worker *worker; /* who waits; NULL: nobody, the job is freed when done */
    struct co *co;
};

struct jobs {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct job *first, *last;
    bool ending;
};

struct offload_queue {
    struct jobs jobs;
    pthread_t thread;
    char name[16];
};

static struct {
    struct jobs jobs;
    pthread_t thread[THREADS_MAX];
    unsigned n;
} self = { .jobs = { .lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER } };

static void jobs_add(struct jobs *q, struct job *j)
{
    pthread_mutex_lock(&q->lock);
    ASSERT(!q->ending);
    j->next = NULL;
    if (q->last)
        q->last->next = j;
    else
        q->first = j;
    q->last = j;
    pthread_cond_signal(&q->more);
    pthread_mutex_unlock(&q->lock);
}

/* NULL: the end has come and nothing is left. */
static struct job *jobs_take(struct jobs *q)
{
    struct job *j;

    pthread_mutex_lock(&q->lock);
    while (!q->first && !q->ending)
        pthread_cond_wait(&q->more, &q->lock);
    j = q->first;
    if (j) {
        q->first = j->next;
        if (!q->first)
            q->last = NULL;
    }
    pthread_mutex_unlock(&q->lock);
    return j;
}

static void jobs_end(struct jobs *q)
{
    pthread_mutex_lock(&q->lock);
    q->ending = true;
    pthread_cond_broadcast(&q->more);
    pthread_mutex_unlock(&q->lock);
}

static void wake_waiter(struct post *p)
{
    co_wake(LIST_OF(p, struct job, post)->co, ERR_OK);
}

static void do_jobs(struct jobs *q)
{
    struct job *j;

    while ((j = jobs_take(q)) != NULL) {
        j->fn(j->arg);
        if (j->worker) {
            j->post.fn = wake_waiter;
            worker_post_item(j->worker, &j->post);
        } else {
            mem_free(MEM_OTHER, j);
        }
    }
}

static void *pool_thread(void *arg)
{
    pthread_setname_np(pthread_self(), "offload");
    do_jobs(arg);
    return NULL;
}

static void *queue_thread(void *arg)
{
    struct offload_queue *q = arg;

    pthread_setname_np(pthread_self(), q->name);
    do_jobs(&q->jobs);
    return NULL;
}

void offload_init(unsigned threads)
{
    ASSERT(self.n == 0 && threads > 0);
    self.jobs.ending = false;
    self.n = threads < THREADS_MAX ? threads : THREADS_MAX;
    for (unsigned i = 0; i < self.n; i++)
        ASSERT(pthread_create(&self.thread[i], NULL, pool_thread, &self.jobs) == 0);
}

void offload_stop(void)
{
    jobs_end(&self.jobs);
    for (unsigned i = 0; i < self.n; i++)
        pthread_join(self.thread[i], NULL);
    self.n = 0;
}

/* In virtual time the job runs here and now, but the caller still suspends once, as it would. */
static void run_in_simulation(void (*fn)(void *arg), void *arg)
{
    struct job j = { .post = { NULL, wake_waiter }, .co = co_self() };

    fn(arg);
    worker_post_item(worker_self(), &j.post);
    (void)co_suspend_firmly();
}

static void run_and_wait(struct jobs *q, void (*fn)(void *arg), void *arg)
{
    struct job j = { .fn = fn, .arg = arg, .worker = worker_self(), .co = co_self() };

    ASSERT(co_may_suspend());
    if (workers_twin()->simulated) {
        run_in_simulation(fn, arg);
        return;
    }
    jobs_add(q, &j);
    (void)co_suspend_firmly();
}

void offload_run(void (*fn)(void *arg), void *arg)
{
    if (worker_self())
        run_and_wait(&self.jobs, fn, arg);
    else
        fn(arg);
}

struct offload_queue *offload_queue_new(const char *name)
{
    struct offload_queue *q = mem_zalloc(MEM_OTHER, sizeof *q);

    snprintf(q->name, sizeof q->name, "%s", name);
    pthread_mutex_init(&q->jobs.lock, NULL);
    pthread_cond_init(&q->jobs.more, NULL);
    ASSERT(pthread_create(&q->thread, NULL, queue_thread, q) == 0);
    return q;
}

struct blocking_job {
    void (*fn)(void *arg);
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done;
};

static void run_blocking(void *arg)
{
    struct blocking_job *b = arg;

    b->fn(b->arg);
    pthread_mutex_lock(&b->lock);
    b->done = true;
    pthread_cond_signal(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

void offload_queue_run(struct offload_queue *q, void (*fn)(void *arg), void *arg)
{
    struct blocking_job b = { .fn = fn, .arg = arg };

    if (worker_self()) {
        run_and_wait(&q->jobs, fn, arg);
        return;
    }
    pthread_mutex_init(&b.lock, NULL);
    pthread_cond_init(&b.changed, NULL);
    offload_queue_post(q, run_blocking, &b);
    pthread_mutex_lock(&b.lock);
    while (!b.done)
        pthread_cond_wait(&b.changed, &b.lock);
    pthread_mutex_unlock(&b.lock);
    pthread_cond_destroy(&b.changed);
    pthread_mutex_destroy(&b.lock);
}

void offload_queue_post(struct offload_queue *q, void (*fn)(void *arg), void *arg)
{
    struct job *j;

    if (worker_self() && workers_twin()->simulated) {
        fn(arg);
        return;
    }
    j = mem_zalloc(MEM_OTHER, sizeof *j);
    j->fn = fn;
    j->arg = arg;
    jobs_add(&q->jobs, j);
}

void offload_queue_free(struct offload_queue *q)
{
    if (!q)
        return;
    jobs_end(&q->jobs);
    pthread_join(q->thread, NULL);
    pthread_cond_destroy(&q->jobs.more);
    pthread_mutex_destroy(&q->jobs.lock);
    mem_free(MEM_OTHER, q);
}
