/* SPDX-License-Identifier: BSD-2-Clause */
/* One test being played, in a process of its own. */
#pragma once
#include "base/log.h"
#include "script/instrument.h"
#include "testing/plan.h"

enum { ARRIVALS_MAX = 2000, LOG_LINES_MAX = 5000, RAN_MAX = 5000, CALLS_MAX = 2000 };

/* What became of a test; `text` tells what failed, for people. */
struct verdict {
    bool passed;
    int64_t virtual_ms;
    unsigned line; /* of the step that failed */
};

/* What the parent sees while the test plays. */
struct progress {
    _Atomic(unsigned) line;
};

struct arrival {
    unsigned peer;
    int64_t at_ms;
    struct str bytes, label;
    bool repeated, taken;
};
struct log_line {
    enum log_level level;
    struct str text;
};
struct called {
    struct str function;
    struct str args[8];
    size_t n_args;
};
/* A name that a `keep` gave a value. */
struct known {
    struct known *next;
    struct str name, value;
};
/* What a `check` found at the end of the script's run. */
struct finding {
    const struct step *step;
    bool asked, yes;
    struct str left, right; /* STR_NONE: not known */
};

struct play {
    struct arena arena;
    const struct plan *plan;
    const struct test *test;
    struct generation *g;
    struct peers peers;
    struct addr server[8];
    enum proto server_proto[8];
    size_t n_servers;
    struct arrival *arrivals;
    size_t n_arrivals;
    struct log_line *logs;
    size_t n_logs, logs_seen;
    const struct block **ran; /* blocks that began since a message was sent, in order */
    size_t n_ran;
    struct called *calls; /* likewise */
    size_t n_calls;
    struct known *known;
    const struct step *sent; /* the last one that was sent */
    struct finding findings[64];
    size_t n_findings;
    int returned;
    struct db *db;
    struct buf trace, *out;
    uint8_t *coverage; /* by line; NULL: not wanted */
    bool failed;
    unsigned failed_line;
    struct progress *progress;
};
struct play *playing(void); /* the one of this process */

/* Plays the test; in the end the process is good for nothing else. `out` gets what failed. */
struct verdict test_play(const struct plan *plan, const struct test *t, uint8_t *coverage,
                         struct progress *progress, struct buf *out);

/* Tells that a step failed, once per place. */
void play_fail(const struct step *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void play_fail_at(const struct place *at, struct str text, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A message, or another text of several lines, below a failure. */
void play_show(struct str text);
/* Puts in what was kept: ${name}. False after a failure. */
bool play_expand(const struct step *s, struct str in, struct str *out);

/* messages.c */
void play_send(const struct step *s);
void play_expect(const struct step *s);
void play_nothing(const struct step *s, const char *peer_text);
void play_arrived(struct arrival *a);
/* hooks.c: before the modules start; what the script does is noted from then on. */
void hooks_set(struct play *p);
void hooks_prepare_sending(const struct step *s);
bool block_is(const struct block *b, struct str route);
void block_print(const struct block *b, struct buf *out); /* "route[RELAY]", "request_route" */
/* Evaluates on a message of the server, or on none; false: not true, told by the finding. */
void hooks_evaluate(struct str message, const struct fragment *f, struct finding *out);
/* database.c */
err_t database_prepare(struct play *p, struct buf *why) MUST_USE;
void play_query(const struct step *s);
