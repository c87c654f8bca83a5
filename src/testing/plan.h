/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a test file says, read and checked: the tests, each with what was declared around it, its
 * steps, and the variant of the configuration that it runs. docs/testing.md describes the language.
 */
#pragma once
#include "script/fragment.h"
#include "testing/names.h"
#include "testing/peers.h"

enum {
    TEST_FILE_MAX = 4 << 20,
    TESTS_MAX = 20000,
    STEPS_MAX_TEST = 2000,
    NESTING_MAX = 20, /* blocks, and steps that do steps */
};

/* "192.0.2.7", "192.0.2.7:5070", "[2001:db8::7]:5070"; the port is 5060 where none stands. */
err_t address_read(struct str text, struct addr *out) MUST_USE;

/* What is declared: a list from the innermost outwards. Blocks add to its front, and who stands
 * outside does not see that. */
enum decl_kind {
    DECL_CONFIG,   /* text: the file */
    DECL_DEFINE,   /* name, text */
    DECL_ALIAS,    /* text */
    DECL_DOMAIN,   /* text */
    DECL_SERVER,   /* text: the address */
    DECL_PEER,     /* peer */
    DECL_NAME,     /* record */
    DECL_DATABASE, /* name: the define that is its URL */
    DECL_TABLE,    /* table */
    DECL_MODULE,   /* module */
    DECL_STUB,     /* stub */
    DECL_STEPS,    /* name; from, to: lines */
    DECL_SETUP,    /* from, to: lines */
    DECL_VALUE,    /* name, text: of `for` */
};
struct decl {
    const struct decl *up;
    enum decl_kind kind;
    struct place at;
    struct str name, text;
    size_t from, to;
    union {
        struct peer *peer;
        struct name *record;
        struct test_table *table;
        struct stub_module *module;
        struct stub *stub;
    };
};
const struct decl *decl_find(const struct decl *d, enum decl_kind kind, struct str name);

/* A table of the database: texts, as rows are written. */
struct test_table {
    struct str name;
    const struct str *columns;
    size_t n_columns;
    const struct str *cells;
    size_t n_rows;
};

/* A module that is not there, with what the configuration uses of it. */
struct stub_module {
    struct str name;
    struct str params[40], functions[40];
    size_t n_params, n_functions;
};

/* What a function does in place of what it is. */
struct stub {
    struct place at;
    struct str function;
    bool any_args;
    struct str args[8];
    size_t n_args;
    int returns[16]; /* one call after the other; the last one for all further ones */
    size_t n_returns;
    struct fragment *body; /* NULL: none */
    unsigned calls;        /* so far */
};

/* What an expected message must show. */
enum demand_kind {
    DEMAND_EQUALS, /* name, text: a header */
    DEMAND_ABSENT, /* name */
    DEMAND_HAS,    /* text */
    DEMAND_LACKS,
    DEMAND_TRUE, /* fragment */
    DEMAND_KEEP, /* name: what the fragment gives */
};
struct demand {
    struct demand *next;
    enum demand_kind kind;
    struct place at;
    struct str name, text;
    struct fragment *fragment;
};

enum step_kind {
    STEP_SEND,
    STEP_EXPECT,
    STEP_NOTHING, /* no peer, or one, has got anything more */
    STEP_AFTER,
    STEP_CHECK,
    STEP_LOGS,
    STEP_RUNS,
    STEP_CALLS,
    STEP_QUERY,
    STEP_RETURNS,
    STEP_STAT,
    STEP_SET,
};
struct step {
    struct step *next;
    enum step_kind kind;
    struct place at;
    struct str text; /* as it stands there */
    struct str peer; /* empty: all */
    struct wish wish;
    struct str raw;   /* STEP_SEND: these bytes */
    struct str to;    /* … to this address of the server */
    struct str route; /* … and this route block runs; STEP_CHECK: when it begins */
    bool again;       /* STEP_EXPECT: a repetition is meant */
    struct demand *demands;
    int64_t ms;    /* STEP_AFTER; STEP_EXPECT: how long it may take */
    bool negate;   /* logs no, runs no, calls no */
    int64_t count; /* STEP_CALLS: -1 any; STEP_RETURNS, STEP_STAT: what is expected */
    int level;     /* STEP_LOGS: LOG_NONE_OWN: any */
    struct str name, value;
    struct str *items;
    size_t n_items;
    struct fragment *fragment;
};

/* A configuration as some tests want it; loaded once. */
struct variant {
    struct variant *next;
    struct str key;
    struct str config;
    struct place at; /* of the first test that wants it */
    const struct decl *decls;
    struct fragment **fragments;
    size_t n_fragments, cap_fragments;
    struct generation *generation;
    struct test *first;
};

struct test {
    struct test *next;
    struct str name;
    struct place at;
    const struct decl *decls;
    struct variant *variant;
    struct step *steps;
    size_t n_steps;
};

struct plan {
    struct arena arena;
    struct source source; /* the test file */
    struct test *tests, **last;
    size_t n_tests;
    struct variant *variants;
    struct diagnostics *diag;
    const struct decl *given; /* on the command line */
};

/* NAME or NAME=VALUE for all tests; before plan_read. The text must live as long as the plan. */
void plan_define(struct plan *p, struct str define);
/* Reads `text`, which must live as long as the plan. Faults go to plan->diag. */
void plan_read(struct plan *p, struct str file, struct str text);
void plan_init(struct plan *p);
void plan_free(struct plan *p);
/* Loads the variant's configuration, with the tests' own pieces of script. Faults go to `diag`;
 * false when there are. */
bool variant_load(struct plan *p, struct variant *v);
