/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls from one worker to another, which wait for the result. */
#include "rt/state.h"

struct remote_call {
    struct post post;
    err_t (*fn)(void *arg);
    void *arg;
    err_t result;
    struct worker *caller; /* NULL: a thread that is no worker */
    struct co *waiting;
    _Atomic(bool) done;
};

static void finish(struct post *p)
{
    struct remote_call *rc = (struct remote_call *)(void *)p;

    co_wake(rc->waiting, rc->result);
}

static void run(void *arg)
{
    struct remote_call *rc = arg;

    rc->result = rc->fn(rc->arg);
    if (!rc->caller) {
        atomic_store(&rc->done, true);
        return;
    }
    rc->post.fn = finish;
    worker_post_item(rc->caller, &rc->post);
}

static void begin(struct post *p)
{
    co_spawn(run, p);
}

err_t worker_call(struct worker *w, err_t (*fn)(void *arg), void *arg)
{
    struct remote_call rc = { .post = { NULL, begin }, .fn = fn, .arg = arg };

    if (w == rt_here.worker) {
        ASSERT(rt_here.co);
        return fn(arg);
    }
    rc.caller = rt_here.worker;
    rc.waiting = rt_here.co;
    ASSERT(!rc.caller || rc.waiting);
    worker_post_item(w, &rc.post);
    if (rc.caller)
        return co_suspend_firmly();
    workers_twin()->wait(&rc.done);
    return rc.result;
}

err_t workers_each(err_t (*fn)(void *arg), void *arg)
{
    for (unsigned i = 0; i < workers_count(); i++) {
        err_t e = worker_call(worker_at(i), fn, arg);

        if (e)
            return e;
    }
    return ERR_OK;
}
