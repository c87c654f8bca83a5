/* SPDX-License-Identifier: BSD-2-Clause */
/* Intrusive doubly linked list: a `struct link` inside the element, a `struct link` as head. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct link {
    struct link *prev, *next;
};

static inline void list_init(struct link *head)
{
    head->prev = head->next = head;
}
static inline bool list_empty(const struct link *head)
{
    return head->next == head;
}
static inline void list_insert(struct link *after, struct link *l)
{
    l->prev = after;
    l->next = after->next;
    after->next->prev = l;
    after->next = l;
}
static inline void list_push(struct link *head, struct link *l)
{
    list_insert(head->prev, l);
}
static inline void list_push_front(struct link *head, struct link *l)
{
    list_insert(head, l);
}
/* Taking out twice is harmless, as is taking out what list_init set up. */
static inline void list_remove(struct link *l)
{
    l->prev->next = l->next;
    l->next->prev = l->prev;
    list_init(l);
}

#define LIST_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))
/* `var` may be removed inside the loop, its neighbours may not. */
#define LIST_EACH(head, type, var, member)                                                         \
    for (struct link *at_##var = (head)->next, *next_##var = at_##var->next; at_##var != (head);   \
         at_##var = next_##var, next_##var = next_##var->next)                                     \
        for (type *var = LIST_OF(at_##var, type, member); var; var = NULL)
