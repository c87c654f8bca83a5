/* SPDX-License-Identifier: BSD-2-Clause */
/* The real loop: threads, posts, calls, offload, snapshots, file descriptors. */
#include "base/clock.h"
#include "base/test.h"
#include "rt/offload.h"
#include "rt/snapshot.h"
#include "rt/worker.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { WORKERS = 3 };

static err_t nothing(void *arg)
{
    (void)arg;
    return ERR_OK;
}

static int start(void **state)
{
    (void)state;
    workers_init(WORKERS);
    offload_init(2);
    return workers_start(nothing, NULL) == ERR_OK ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    workers_stop(2000);
    return 0;
}

static err_t tell_index(void *arg)
{
    *(unsigned *)arg = worker_index(worker_self());
    return co_self() ? ERR_OK : ERR_STATE;
}

static err_t call_neighbour(void *arg)
{
    unsigned *at = arg, next = (worker_index(worker_self()) + 1) % WORKERS;
    err_t e = worker_call(worker_at(next), tell_index, &at[next]);

    return e ? e : worker_call(worker_self(), tell_index, &at[worker_index(worker_self())]);
}

static void calls_every_worker(void **state)
{
    unsigned at[WORKERS];

    (void)state;
    for (unsigned i = 0; i < WORKERS; i++) {
        memset(at, 0xff, sizeof at);
        assert_int_equal(worker_call(worker_at(i), call_neighbour, at), ERR_OK);
        assert_int_equal(at[i], i);
        assert_int_equal(at[(i + 1) % WORKERS], (i + 1) % WORKERS);
    }
}

/* Posts of several senders: none lost, in order per sender. */
enum { POSTS = 2000 };
struct order {
    unsigned expected[WORKERS];
    unsigned got;
    bool wrong;
    struct co *waiting;
};
static struct order order; /* touched by worker 0 only */
struct numbered {
    unsigned sender, number;
};

static void take_numbered(void *arg)
{
    struct numbered *n = arg;

    order.wrong |= order.expected[n->sender]++ != n->number;
    order.got++;
    free(n);
    if (order.waiting && order.got == WORKERS * POSTS)
        co_wake(order.waiting, ERR_OK);
}

static err_t post_many(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < POSTS; i++) {
        struct numbered *n = malloc(sizeof *n);

        *n = (struct numbered){ worker_index(worker_self()), i };
        worker_post(worker_at(0), take_numbered, n);
        if (i % 97 == 0 && co_sleep(0))
            return ERR_CANCELED;
    }
    return ERR_OK;
}

static err_t post_many_in_background(void *arg)
{
    co_spawn((void (*)(void *))(void *)post_many, arg);
    return ERR_OK;
}

static err_t wait_for_all(void *arg)
{
    (void)arg;
    if (order.got < WORKERS * POSTS) {
        order.waiting = co_self();
        if (co_suspend())
            return ERR_CANCELED;
    }
    return order.wrong ? ERR_STATE : ERR_OK;
}

static void keeps_the_order_of_posts(void **state)
{
    (void)state;
    assert_int_equal(workers_each(post_many_in_background, NULL), ERR_OK);
    assert_int_equal(worker_call(worker_at(0), wait_for_all, NULL), ERR_OK);
}

static err_t waits(void *arg)
{
    int *pipe_of = arg;
    int64_t before = worker_now();
    char c;

    if (co_wait_fd(pipe_of[0], EPOLLIN, 5) != ERR_TIMEOUT || worker_now() - before < 5)
        return ERR_STATE;
    if (write(pipe_of[1], "x", 1) != 1)
        return ERR_IO;
    if (co_wait_fd(pipe_of[0], EPOLLIN, 5000) != ERR_OK || read(pipe_of[0], &c, 1) != 1)
        return ERR_STATE;
    close(pipe_of[1]);
    return co_wait_fd(pipe_of[0], EPOLLIN, -1);
}

static void waits_for_a_file_descriptor(void **state)
{
    int p[2];

    (void)state;
    assert_int_equal(pipe(p), 0);
    assert_int_equal(worker_call(worker_at(1), waits, p), ERR_OK);
    close(p[0]);
}

static void where_am_i(void *arg)
{
    *(struct worker **)arg = worker_self();
}

static void add_one(void *arg)
{
    ++*(int *)arg;
}

static err_t offloads(void *arg)
{
    struct worker *there = worker_self();
    struct offload_queue *q = arg;
    int n = 0;

    offload_run(where_am_i, &there);
    if (there)
        return ERR_STATE;
    for (int i = 0; i < 10; i++)
        offload_queue_post(q, add_one, &n);
    offload_queue_run(q, add_one, &n);
    return n == 11 ? ERR_OK : ERR_STATE;
}

static void runs_jobs_elsewhere(void **state)
{
    struct offload_queue *q = offload_queue_new("test");
    int n = 0;

    (void)state;
    assert_int_equal(worker_call(worker_at(0), offloads, q), ERR_OK);
    offload_run(add_one, &n);
    offload_queue_run(q, add_one, &n);
    assert_int_equal(n, 2);
    offload_queue_free(q);
}

/* Readers check that what they read is whole, while a writer replaces it. */
static struct snapshot shown;
static _Atomic(int) released;
enum { VERSIONS = 500 };

static void release(void *old)
{
    memset(old, 0, 2 * sizeof(int));
    free(old);
    atomic_fetch_add(&released, 1);
}

static void publish(int n)
{
    int *pair = malloc(2 * sizeof *pair);

    pair[0] = pair[1] = n;
    snapshot_publish(&shown, pair, release);
}

static err_t read_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < 300; i++) {
        int *pair = snapshot_read(&shown);

        for (int k = 0; k < 20; k++)
            if (pair[0] != pair[1] || pair[0] == 0)
                return ERR_STATE;
        if (co_sleep(0))
            return ERR_CANCELED;
    }
    return ERR_OK;
}

static _Atomic(int) reading;
static void read_in_background(void *arg)
{
    ASSERT(read_often(arg) == ERR_OK);
    atomic_fetch_sub(&reading, 1);
}

static err_t start_reading(void *arg)
{
    atomic_fetch_add(&reading, 1);
    co_spawn(read_in_background, arg);
    return ERR_OK;
}

static err_t publish_one(void *arg)
{
    publish(*(int *)arg);
    snapshot_wait();
    return ERR_OK;
}

static void releases_what_nobody_reads(void **state)
{
    int one = 1;

    (void)state;
    publish(1);
    assert_int_equal(workers_each(start_reading, NULL), ERR_OK);
    for (int i = 1; i < VERSIONS; i++)
        publish(i);
    assert_int_equal(worker_call(worker_at(2), publish_one, &one), ERR_OK);
    snapshot_wait();
    while (atomic_load(&reading))
        usleep(1000);
    assert_int_equal(atomic_load(&released), VERSIONS);
    free(snapshot_read(&shown));
}

static _Atomic(int) canceled;
static void sleep_for_ever(void *arg)
{
    (void)arg;
    if (co_sleep(1000000) == ERR_CANCELED && co_sleep(1) == ERR_CANCELED)
        atomic_fetch_add(&canceled, 1);
}

static void exits(void *arg)
{
    *(struct worker **)arg = worker_self();
}

static err_t sleep_in_background(void *arg)
{
    co_spawn(sleep_for_ever, arg);
    if (worker_index(worker_self()) == 1)
        worker_at_exit(exits, arg);
    return ERR_OK;
}

static void cancels_what_waits_when_it_stops(void **state)
{
    struct worker *last = NULL;

    (void)state;
    assert_int_equal(workers_each(sleep_in_background, &last), ERR_OK);
    workers_stop(2000);
    offload_stop();
    assert_int_equal(atomic_load(&canceled), WORKERS);
    assert_ptr_equal(last, worker_at(1));
}

/* Something that is always ready to be read, as a socket under load, and a worker that hands all of
 * it over to the other one. */
static struct {
    int fd;
    _Atomic(bool) ended;
    _Atomic(unsigned) handed, late;
} busy;

static void take_handed(void *arg)
{
    (void)arg;
    atomic_fetch_add(&busy.handed, 1);
    if (atomic_load(&busy.ended))
        atomic_fetch_add(&busy.late, 1);
}

static void hand_over(void *arg, unsigned events)
{
    (void)arg, (void)events;
    worker_post(worker_at(0), take_handed, NULL);
}

static void ended(void *arg)
{
    if (arg)
        watch_free(arg);
    else
        atomic_store(&busy.ended, true);
}

static err_t begin_busy(void *arg)
{
    struct watch *w = NULL;

    (void)arg;
    if (worker_index(worker_self()) == 1)
        w = watch_new(busy.fd, EPOLLIN, hand_over, NULL);
    worker_at_exit(ended, w);
    return ERR_OK;
}

static void takes_nothing_from_others_once_it_has_ended(void **state)
{
    (void)state;
    busy.fd = eventfd(1, EFD_NONBLOCK);
    for (int i = 0; i < 100; i++) {
        atomic_store(&busy.ended, false);
        workers_init(2);
        assert_int_equal(workers_start(begin_busy, NULL), ERR_OK);
        while (atomic_load(&busy.handed) == 0)
            usleep(100);
        workers_stop(2000);
    }
    assert_int_equal(atomic_load(&busy.late), 0);
    close(busy.fd);
}

static err_t fail_on_one(void *arg)
{
    (void)arg;
    return worker_index(worker_self()) == 1 ? ERR_LIMIT : ERR_OK;
}

static void reports_a_failing_start(void **state)
{
    (void)state;
    workers_init(2);
    assert_int_equal(workers_start(fail_on_one, NULL), ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_every_worker),
        cmocka_unit_test(keeps_the_order_of_posts),
        cmocka_unit_test(waits_for_a_file_descriptor),
        cmocka_unit_test(runs_jobs_elsewhere),
        cmocka_unit_test(releases_what_nobody_reads),
        cmocka_unit_test(cancels_what_waits_when_it_stops),
        cmocka_unit_test(takes_nothing_from_others_once_it_has_ended),
        cmocka_unit_test(reports_a_failing_start),
    };

    return cmocka_run_group_tests(tests, start, stop);
}
