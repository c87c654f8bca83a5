/* SPDX-License-Identifier: BSD-2-Clause */
/* $shv: variables that all workers share. */
#include "modules/pv/shared_vars.h"
#include "base/hash.h"
#include "rt/co.h"
#include <pthread.h>

enum { BUCKETS = 64 };

struct shared_var {
    struct shared_var *next;
    struct str name;
    pthread_mutex_t lock;
    struct value value; /* a string is owned */
};
struct shared_vars {
    pthread_mutex_t lock; /* of the buckets, for adding */
    struct shared_var *buckets[BUCKETS];
};

struct shared_vars *shared_vars_new(void)
{
    struct shared_vars *s = mem_zalloc(MEM_MODULE, sizeof *s);

    pthread_mutex_init(&s->lock, NULL);
    return s;
}

void shared_vars_free(struct shared_vars *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct shared_var *v = s->buckets[i], *next; v; v = next) {
            next = v->next;
            if (v->value.type == VALUE_STR)
                mem_free(MEM_MODULE, (void *)(uintptr_t)v->value.s.p);
            mem_free(MEM_MODULE, (void *)(uintptr_t)v->name.p);
            mem_free(MEM_MODULE, v);
        }
    mem_free(MEM_MODULE, s);
}

static void take(pthread_mutex_t *m)
{
    pthread_mutex_lock(m);
    co_lock_taken();
}

static void release(pthread_mutex_t *m)
{
    co_lock_released();
    pthread_mutex_unlock(m);
}

struct shared_var *shared_var_of(struct shared_vars *s, struct str name)
{
    struct shared_var **bucket = &s->buckets[hash_keyed(name) % BUCKETS], *v;

    take(&s->lock);
    for (v = *bucket; v && !str_eq(v->name, name); v = v->next)
        ;
    if (!v) {
        v = mem_zalloc(MEM_MODULE, sizeof *v);
        v->name = mem_dup(MEM_MODULE, name);
        v->value = VALUE_OF_INT(0);
        pthread_mutex_init(&v->lock, NULL);
        v->next = *bucket;
        *bucket = v;
    }
    release(&s->lock);
    return v;
}

struct value shared_var_get(struct shared_var *v, struct arena *a)
{
    take(&v->lock);
    struct value copy = value_dup(&v->value, a);
    release(&v->lock);
    return copy;
}

/* Null stands for 0, as in $var. */
void shared_var_set(struct shared_var *v, const struct value *in)
{
    struct value fresh = in->type == VALUE_NULL ? VALUE_OF_INT(0) : *in, old;

    if (fresh.type == VALUE_STR)
        fresh.s = mem_dup(MEM_MODULE, in->s);
    take(&v->lock);
    old = v->value;
    v->value = fresh;
    release(&v->lock);
    if (old.type == VALUE_STR)
        mem_free(MEM_MODULE, (void *)(uintptr_t)old.s.p);
}

/* returns the new value */
static int64_t shared_var_add(struct shared_var *v, int64_t n)
{
    struct str old = STR_NONE;
    int64_t result;

    take(&v->lock);
    if (v->value.type == VALUE_STR)
        old = v->value.s;
    result = (int64_t)((uint64_t)value_number(&v->value) + (uint64_t)n);
    v->value = VALUE_OF_INT(result);
    release(&v->lock);
    mem_free(MEM_MODULE, (void *)(uintptr_t)old.p);
    return result;
}

void shared_vars_each(struct shared_vars *s, void (*fn)(struct str, struct shared_var *, void *),
                      void *arg)
{
    for (size_t i = 0; i < BUCKETS; i++) {
        take(&s->lock);
        struct shared_var *v = s->buckets[i];
        release(&s->lock);
        for (; v; v = v->next)
            fn(v->name, v, arg);
    }
}

err_t assignment_read(struct str text, struct str *name, struct value *value)
{
    struct str rest = text;
    int64_t number;

    *name = str_trim(str_split(&rest, '='));
    if (!name->n || rest.n < 2 || rest.p[1] != ':')
        return ERR_SYNTAX;
    if (rest.p[0] == 's') {
        *value = VALUE_OF_STR(str_skip(rest, 2));
        return ERR_OK;
    }
    if (rest.p[0] != 'i' || str_to_i64(str_trim(str_skip(rest, 2)), &number) != ERR_OK)
        return ERR_SYNTAX;
    *value = VALUE_OF_INT(number);
    return ERR_OK;
}

bool assignment_ok(struct str text)
{
    struct str name;
    struct value value;

    return assignment_read(text, &name, &value) == ERR_OK;
}

void shared_vars_assign(struct shared_vars *s, struct str text)
{
    struct str name;
    struct value value;

    if (assignment_read(text, &name, &value) == ERR_OK)
        shared_var_set(shared_var_of(s, name), &value);
}

GETTER(get_shared)
{
    *out = shared_var_get(shared_var_of(pv_self.shared, var_key(c, at)), c->arena);
    return ERR_OK;
}

SETTER(set_shared)
{
    shared_var_set(shared_var_of(pv_self.shared, var_key(c, at)), in);
    return ERR_OK;
}

GETTER(get_shared_increased)
{
    return give_int(out, shared_var_add(shared_var_of(pv_self.shared, var_key(c, at)), 1));
}
