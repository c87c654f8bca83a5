/* SPDX-License-Identifier: BSD-2-Clause */
/* The home is asked where the Call-ID is known, else all workers. */
#include "modules/dialog/lookup.h"
#include "modules/dialog/inner.h"
#include "net/net.h"

struct question {
    struct str call_id, tag, other;
    uint32_t entry, id;
    struct dialog *found;
};

static err_t by_tags(void *arg)
{
    struct question *q = arg;
    struct dialog *d = dialog_find(q->call_id, q->tag, q->other);

    q->found = d ? obj_hold(d) : NULL;
    return ERR_OK;
}

static err_t by_call(void *arg)
{
    struct question *q = arg;
    struct dialog *d = dialog_find_call(q->call_id, q->tag);

    q->found = d ? obj_hold(d) : NULL;
    return ERR_OK;
}

static err_t by_id(void *arg)
{
    struct question *q = arg;
    struct dialog *d = q->found ? NULL : dialog_find_id(q->entry, q->id);

    if (d)
        q->found = obj_hold(d);
    return ERR_OK;
}

static struct dialog *ask_home(struct question *q, err_t (*fn)(void *arg))
{
    struct worker *home = worker_of_hash(home_hash(q->call_id));
    err_t e = home == worker_self() ? fn(q) : worker_call(home, fn, q);

    return e == ERR_OK ? q->found : NULL;
}

struct dialog *lookup_tags(struct str call_id, struct str tag, struct str other_tag)
{
    return ask_home(&(struct question){ .call_id = call_id, .tag = tag, .other = other_tag },
                    by_tags);
}

struct dialog *lookup_call(struct str call_id, struct str tag)
{
    return ask_home(&(struct question){ .call_id = call_id, .tag = tag }, by_call);
}

struct dialog *lookup_id(uint32_t entry, uint32_t id)
{
    struct question q = { .entry = entry, .id = id };

    return workers_each(by_id, &q) == ERR_OK ? q.found : NULL;
}
