/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls that pass, by Call-ID, in a sharded table, and how many there are of a kind. */
#pragma once
#include "base/regex.h"
#include "data/table.h"

enum call_state {
    CALL_INIT,
    CALL_PROGRESS,
    CALL_ANSWERED,
    CALL_CONFIRMED,
    CALL_TERMINATED,
    CALL_NOT_ANSWERED,
    CALL_STATES
};
enum call_field { CALL_ANY, CALL_SRC, CALL_DST, CALL_DATA, CALL_FIELDS };
enum call_op { CALL_EQUAL, CALL_NOT_EQUAL, CALL_REGEX, CALL_STARTS, CALL_PATTERN };

struct call_tag;
struct tracked { /* changed only under the lock of its shard */
    struct entry entry;
    enum call_state state;
    bool counted;
    struct str from_tag, text[CALL_FIELDS]; /* src, dst, data; behind the struct */
    struct call_tag *tags;
    int64_t init_unix, answer_unix, end_unix;
    char space[];
};
struct call_tag {
    struct call_tag *next;
    struct str text;
    char space[];
};

struct call_lifetimes { /* seconds */
    int64_t init, active, finish;
};

void calls_begin(void);
void calls_end(void);
void calls_expire(void);

/* ERR_EXISTS: it is known. */
err_t calls_add(struct str call_id, struct str from_tag, const struct str text[CALL_FIELDS],
                const struct call_lifetimes *l) MUST_USE;
/* Only forwards; false: there is no such call, or it was there before. */
bool calls_move(struct str call_id, struct str from_tag, enum call_state to,
                const struct call_lifetimes *l);
bool calls_tag(struct str call_id, struct str tag, bool add);

struct call_filter {
    enum call_field field;
    enum call_op op;
    struct str text;
    const char *text_z;        /* the same for CALL_PATTERN */
    const struct regex *regex; /* for CALL_REGEX */
};
bool call_matches(const struct call_filter *f, const struct tracked *t);
/* Of those that are not over. Equality needs no look at the calls. */
int64_t calls_count(const struct call_filter *f);
int64_t calls_count_tag(struct str tag);
/* How many there are in each state now, and have ever been. */
void calls_stats(int64_t now[CALL_STATES], int64_t total[CALL_STATES]);
void calls_each(bool (*fn)(const struct tracked *t, void *arg), void *arg);
