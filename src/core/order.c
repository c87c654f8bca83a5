/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/order.h"
#include "core/stats.h"

enum { BUCKETS = 1024 };

/* Only runs whose script is suspended are in here, so it is mostly empty. */
static _Thread_local struct {
    struct link *buckets;
    size_t n;
} self;

static struct link *bucket_of(uint64_t hash)
{
    if (!self.buckets) {
        self.buckets = mem_alloc(MEM_MESSAGE, BUCKETS * sizeof *self.buckets);
        for (size_t i = 0; i < BUCKETS; i++)
            list_init(&self.buckets[i]);
    }
    return &self.buckets[hash % BUCKETS];
}

static struct run *first_of(uint64_t hash, bool request)
{
    if (self.n == 0 || hash == 0)
        return NULL;
    LIST_EACH(bucket_of(hash), struct run, r, in_order)
    if (r->call_hash == hash && r->msg.request == request)
        return r;
    return NULL;
}

static bool same_message(struct run *a, struct run *b)
{
    const struct via *via_a = msg_via(&a->msg, 0, NULL), *via_b = msg_via(&b->msg, 0, NULL);
    const struct cseq *cseq_a = msg_cseq(&a->msg, NULL), *cseq_b = msg_cseq(&b->msg, NULL);

    return via_a && via_b && cseq_a && cseq_b && a->msg.status == b->msg.status &&
           str_eq(a->msg.method_name, b->msg.method_name) && cseq_a->number == cseq_b->number &&
           str_eq(cseq_a->method_name, cseq_b->method_name) &&
           str_eq(via_a->branch, via_b->branch) && addr_eq(&a->call.from.peer, &b->call.from.peer);
}

static bool is_known(struct run *first, struct run *r)
{
    if (same_message(first, r))
        return true;
    LIST_EACH(&first->waiting, struct run, w, in_order)
    if (same_message(w, r))
        return true;
    return false;
}

static void track(struct run *r)
{
    r->tracked = true;
    list_push(bucket_of(r->call_hash), &r->in_order);
    self.n++;
}

static void untrack(struct run *r)
{
    r->tracked = false;
    list_remove(&r->in_order);
    self.n--;
}

static void body(void *arg);

static void start_next(struct post *p)
{
    co_spawn(body, LIST_OF(p, struct run, post));
}

/* The next one of the call takes this one's place, and what waits with it. */
static void finish(struct run *r)
{
    untrack(r);
    if (!list_empty(&r->waiting)) {
        struct run *next = LIST_OF(r->waiting.next, struct run, in_order);

        list_remove(&next->in_order);
        list_init(&next->waiting);
        while (!list_empty(&r->waiting)) {
            struct link *l = r->waiting.next;

            list_remove(l);
            list_push(&next->waiting, l);
        }
        next->n_waiting = r->n_waiting - 1;
        track(next);
        next->post.fn = start_next;
        worker_post_item(worker_self(), &next->post);
    }
    run_end(r);
}

static void body(void *arg)
{
    struct run *r = arg;

    r->fn(r);
    r->done = true;
    if (r->tracked)
        finish(r);
}

void order_start(struct run *r, uint64_t call_hash, void (*fn)(struct run *r))
{
    struct run *first = first_of(call_hash, r->msg.request);

    r->fn = fn;
    r->call_hash = call_hash;
    list_init(&r->waiting);
    if (first) {
        bool known = is_known(first, r), full = first->n_waiting == ORDER_WAITING_MAX;

        core_stat(known ? CORE_REPEATED : full ? CORE_QUEUE_FULL : CORE_QUEUED);
        if (known || full) {
            run_end(r);
            return;
        }
        list_push(&first->waiting, &r->in_order);
        first->n_waiting++;
        return;
    }
    co_spawn(body, r);
    if (r->done)
        run_end(r);
    else
        track(r);
}

void order_worker_stop(void)
{
    mem_free(MEM_MESSAGE, self.buckets);
    self.buckets = NULL;
}
