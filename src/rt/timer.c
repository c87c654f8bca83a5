/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The wheel: 256 slots of 1 ms, above them four levels of 64 slots, each slot as long as the whole
 * level below. When time enters a slot of an upper level, its timers are sorted into the levels
 * below. Bits tell which slots may hold timers, so that idle time is skipped; cancelling leaves the
 * bit, and whoever looks next clears it.
 */
#include "rt/state.h"

static unsigned level_shift(unsigned level)
{
    return level == 0 ? 0 : 8 + 6 * (level - 1);
}

void wheel_init(struct wheel *wh, int64_t now_ms)
{
    memset(wh, 0, sizeof *wh);
    wh->at = now_ms;
    list_init(&wh->now);
    for (size_t i = 0; i < WHEEL_FIRST; i++)
        list_init(&wh->first[i]);
    for (size_t l = 0; l < WHEEL_LEVELS - 1; l++)
        for (size_t i = 0; i < WHEEL_NEXT; i++)
            list_init(&wh->next[l][i]);
}

static void place(struct wheel *wh, struct timer *t)
{
    int64_t ahead = t->due_ms - wh->at;
    int64_t due = t->due_ms;
    unsigned level = 0;

    if (ahead <= 0) {
        list_push(&wh->now, &t->link);
        return;
    }
    if (ahead < WHEEL_FIRST) {
        size_t slot = (size_t)due % WHEEL_FIRST;

        list_push(&wh->first[slot], &t->link);
        wh->first_bits[slot / 64] |= 1ULL << slot % 64;
        return;
    }
    for (level = 1; level < WHEEL_LEVELS - 1; level++)
        if (ahead < (int64_t)1 << level_shift(level + 1))
            break;
    /* Beyond the last level: as far as it goes, and sorted again from there. */
    if (ahead >= (int64_t)1 << level_shift(WHEEL_LEVELS))
        due = wh->at + ((int64_t)1 << level_shift(WHEEL_LEVELS)) - 1;

    size_t slot = (size_t)(due >> level_shift(level)) % WHEEL_NEXT;

    list_push(&wh->next[level - 1][slot], &t->link);
    wh->next_bits[level - 1] |= 1ULL << slot;
}

static void take_out(struct timer *t)
{
    t->link.prev->next = t->link.next;
    t->link.next->prev = t->link.prev;
    t->link.prev = t->link.next = NULL;
}

bool timer_is_set(const struct timer *t)
{
    return t->link.next != NULL;
}

void timer_cancel(struct timer *t)
{
    if (!timer_is_set(t))
        return;
    ASSERT(rt_here.worker);
    take_out(t);
    rt_here.worker->wheel.n--;
}

void timer_set(struct timer *t, int64_t ms, void (*fn)(struct timer *t))
{
    struct worker *w = rt_here.worker;

    ASSERT(w);
    timer_cancel(t);
    t->fn = fn;
    t->due_ms = w->now_ms + (ms > 0 ? ms : 0);
    w->wheel.n++;
    place(&w->wheel, t);
}

/* Moves everything from `from` to the empty list `to`. */
static void move_all(struct link *from, struct link *to)
{
    list_init(to);
    if (list_empty(from))
        return;
    *to = *from;
    to->next->prev = to;
    to->prev->next = to;
    list_init(from);
}

static void run_list(struct wheel *wh, struct link *slot)
{
    struct link due;

    move_all(slot, &due);
    while (!list_empty(&due)) {
        struct timer *t = LIST_OF(due.next, struct timer, link);

        take_out(t);
        wh->n--;
        t->fn(t);
    }
}

static void sort_down(struct wheel *wh)
{
    for (unsigned level = 1; level < WHEEL_LEVELS; level++) {
        size_t slot = (size_t)(wh->at >> level_shift(level)) % WHEEL_NEXT;
        struct link moved;

        wh->next_bits[level - 1] &= ~(1ULL << slot);
        move_all(&wh->next[level - 1][slot], &moved);
        while (!list_empty(&moved)) {
            struct timer *t = LIST_OF(moved.next, struct timer, link);

            take_out(t);
            place(wh, t);
        }
        if (slot != 0)
            break;
    }
}

/* The first set bit from `from` on, going round once through `n` (64 or 256) bits: how many steps
 * away it is, or -1. */
static int steps_to_bit(const uint64_t *bits, size_t n, size_t from)
{
    for (size_t gone = 0; gone < n;) {
        size_t at = (from + gone) % n;
        uint64_t rest = bits[at / 64] >> at % 64;

        if (rest) {
            size_t steps = gone + (size_t)__builtin_ctzll(rest);
            return steps < n ? (int)steps : -1;
        }
        gone += 64 - at % 64;
    }
    return -1;
}

static int64_t next_first(struct wheel *wh)
{
    for (;;) {
        size_t from = (size_t)(wh->at + 1) % WHEEL_FIRST;
        int steps = steps_to_bit(wh->first_bits, WHEEL_FIRST, from);

        if (steps < 0)
            return INT64_MAX;

        size_t slot = (from + (size_t)steps) % WHEEL_FIRST;

        if (!list_empty(&wh->first[slot]))
            return wh->at + 1 + steps;
        wh->first_bits[slot / 64] &= ~(1ULL << slot % 64);
    }
}

static int64_t next_upper(struct wheel *wh, unsigned level)
{
    unsigned shift = level_shift(level);

    for (;;) {
        size_t from = (size_t)((wh->at >> shift) + 1) % WHEEL_NEXT;
        int steps = steps_to_bit(&wh->next_bits[level - 1], WHEEL_NEXT, from);

        if (steps < 0)
            return INT64_MAX;

        size_t slot = (from + (size_t)steps) % WHEEL_NEXT;

        if (!list_empty(&wh->next[level - 1][slot]))
            return ((wh->at >> shift) + 1 + steps) << shift;
        wh->next_bits[level - 1] &= ~(1ULL << slot);
    }
}

/* The next time at which a slot is to be run or sorted down, not counting wh->now. */
static int64_t next_slot(struct wheel *wh)
{
    int64_t next = next_first(wh);

    for (unsigned level = 1; level < WHEEL_LEVELS; level++) {
        int64_t upper = next_upper(wh, level);

        if (upper < next)
            next = upper;
    }
    return next;
}

int64_t wheel_next(struct wheel *wh)
{
    if (wh->n == 0)
        return INT64_MAX;
    return list_empty(&wh->now) ? next_slot(wh) : wh->at;
}

void wheel_run(struct wheel *wh, int64_t now_ms)
{
    if (wh->n == 0) {
        if (now_ms > wh->at)
            wh->at = now_ms;
        return;
    }
    run_list(wh, &wh->now);
    while (wh->n > 0) {
        int64_t next = next_slot(wh);

        if (next > now_ms)
            break;
        wh->at = next;
        if (next % WHEEL_FIRST == 0) {
            sort_down(wh);
            run_list(wh, &wh->now); /* those due exactly now */
        }

        size_t slot = (size_t)next % WHEEL_FIRST;

        wh->first_bits[slot / 64] &= ~(1ULL << slot % 64);
        run_list(wh, &wh->first[slot]);
    }
    if (now_ms > wh->at)
        wh->at = now_ms;
}
