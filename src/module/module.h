/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The module descriptor. One `const struct module` declares everything a module offers; there are
 * no registration calls. Configurations are checked against it, and manuals, RPC help, language
 * bindings, metrics and the compatibility matrix are generated from it.
 */
#pragma once
#include "base/field.h"
#include "base/stat.h"

struct call; /* one run of a script: message, variables, the coroutine it runs on (core/call.h) */
struct rpc;  /* one control request and the writer of its answer (control/rpc.h) */
struct load; /* a configuration generation being built; below */
struct module;

/* Script truth: above 0 true, below 0 false, 0 ends the script. */
enum { SCRIPT_FALSE = -1, SCRIPT_EXIT = 0, SCRIPT_TRUE = 1 };

enum route {
    ROUTE_REQUEST = 1,
    ROUTE_REPLY = 2,    /* core: reply_route, onreply_route[0] */
    ROUTE_TM_REPLY = 4, /* a transaction's onreply_route */
    ROUTE_FAILURE = 8,
    ROUTE_BRANCH = 16,
    ROUTE_BRANCH_FAILURE = 32,
    ROUTE_SEND = 64, /* onsend_route */
    ROUTE_EVENT = 128,
    ROUTE_ANY = 255
};

struct outcome {
    int code;
    const char *doc;
};

struct func {
    const char *name;
    const char *doc;
    int (*run)(struct call *c, const void *args);
    const struct field *args; /* NULL or ended by a NULL name; those with `def` may be left out */
    size_t args_size;
    const struct outcome *returns;
    unsigned routes;            /* where a configuration may use it; 0: anywhere */
    bool suspends;              /* may wait: refused where waiting is not possible */
    const char *const *aliases; /* older names that configurations still use */
    const char *differs;        /* what a user of the packaged server must know, or NULL */
    /* At load, when all constant arguments are set: checks them and may replace values; reports
     * through load_fault. Dynamic arguments are still zero. */
    err_t (*prepare)(struct load *l, void *args);
};

/*
 * EXPOSE(fn, st): fn takes `const struct st *`; this is the one place where the untyped call meets
 * it. FUNC(fn, st, "doc", options...): its row in the table. A function, its struct and its field
 * table that do not match do not compile. FUNC0 for functions without arguments
 * (int fn(struct call *), exposed by EXPOSE0).
 */
#define EXPOSE(fn, st)                                                                             \
    static int fn##_with_##st(struct call *c, const void *args)                                    \
    {                                                                                              \
        const struct st *typed = args;                                                             \
        return fn(c, typed);                                                                       \
    }
#define EXPOSE0(fn)                                                                                \
    static int fn##_with_nothing(struct call *c, const void *args)                                 \
    {                                                                                              \
        (void)args;                                                                                \
        return fn(c);                                                                              \
    }
#define FUNC(fn, st, ...) FUNC_NAMED(#fn, fn, st, __VA_ARGS__)
#define FUNC_NAMED(label, fn, st, ...)                                                             \
    {                                                                                              \
        .name = (label), .run = fn##_with_##st, .args = st##_fields,                               \
        .args_size = sizeof(struct st), .doc = __VA_ARGS__                                         \
    }
#define FUNC0(fn, ...) FUNC0_NAMED(#fn, fn, __VA_ARGS__)
#define FUNC0_NAMED(label, fn, ...)                                                                \
    {                                                                                              \
        .name = (label), .run = fn##_with_nothing, .doc = __VA_ARGS__                              \
    }

/* One place in a configuration where a variable stands: $hdr(Via)[1], $(avp(x)[*]). */
enum var_index { VAR_INDEX_NONE, VAR_INDEX_FIXED, VAR_INDEX_ALL, VAR_INDEX_VAR };
struct var_ref {
    const struct variable *var;
    struct str key;                  /* what stands in the brackets, where it is fixed */
    const struct format *key_format; /* where it holds variables itself; var_key() evaluates it */
    enum var_index index_kind;
    int64_t index; /* negative counts from the end */
    const struct var_ref *index_var;
    const void *prepared;                   /* what `prepare` made of the key at load */
    const struct transform_use *transforms; /* applied by var_get(), never by variable.get */
};

struct variable {
    const char *name; /* "hdr" for $hdr(...), "ru" for $ru */
    const char *doc;
    err_t (*get)(struct call *c, const struct var_ref *at, struct value *out);
    /* NULL: read only. A null value unsets. */
    err_t (*set)(struct call *c, const struct var_ref *at, const struct value *in);
    bool key; /* takes an inner name: required, unless key_optional */
    bool key_optional;
    bool index; /* takes an index */
    /* At load: checks the key (fixed keys only) and leaves what it made of it. */
    err_t (*prepare)(struct load *l, const struct var_ref *at, const void **prepared);
    const char *const *aliases;
    const char *differs;
    int tag; /* for tables in which many variables share one getter */
    /* It can be read while the configuration is being read, by #!subst: `get` then has a call of
     * which only `arena` and `gen` are set (`msg` is NULL), on no coroutine; the modules have their
     * defaults and are not started. */
    bool early;
};

/* {class.name,argument,…} behind a variable. What cannot be transformed is an error of `run`: a
 * null in expressions, nothing in texts. */
struct transformation {
    const char *class;
    const char *name;
    const char *doc;
    err_t (*run)(struct call *c, const struct value *in, const void *args, struct value *out);
    const struct field *args;
    size_t args_size;
    int tag;         /* as in struct variable; the run function gets it through transform_tag() */
    bool takes_null; /* else a null value cannot be transformed: the result is an error */
};

struct rpc_method { /* a control request */
    const char *name;
    const char *doc;
    err_t (*run)(struct rpc *r, const void *args);
    const struct field *args;
    size_t args_size;
    bool array; /* answers with a list of values of unknown length */
};

struct event {
    const char *name; /* "tm:local-request" */
    const char *doc;
};

struct table { /* an SQL table that the module uses */
    const char *name;
    unsigned version;
    const char *doc;
};

/* One action of a script, where it stands: what module.on_action watches. */
enum action_kind {
    ACTION_CALL,      /* of a module's function */
    ACTION_CORE_CALL, /* of one of the core's */
    ACTION_ROUTE,
    ACTION_ASSIGN,
    ACTION_IF,
    ACTION_WHILE,
    ACTION_SWITCH,
    ACTION_END, /* return, exit, drop, break */
};
struct script_action {
    enum action_kind kind;
    const char *name; /* "if", "xlog" */
    unsigned n_args;  /* of a call */
    struct str file;
    unsigned line;
    const char *block_kind; /* "request_route", "failure_route" */
    struct str block_name;  /* "" of a main block */
    const struct var_ref *assigned;
};

/* Filled in by the registry when the module is activated; part of the module's `self`. */
struct module_slot {
    unsigned index;     /* of its configuration in each generation */
    unsigned stat_base; /* stat_add(self.slot.stat_base + MY_STAT, 1) */
};

struct module {
    unsigned abi;
    const char *name;
    const char *doc;
    const char *const *needs; /* modules that must be loaded before this one, NULL-terminated */
    struct module_slot *slot;

    size_t conf_size; /* one per configuration generation, filled from `params` */
    const struct field *params;
    const struct func *funcs;
    const struct variable *vars;
    const struct transformation *transformations;
    const struct rpc_method *methods;
    const struct event *events;
    const struct stat_decl *stats;
    const struct table *tables;

    /* Once per generation, parameters set: checks them together and compiles what is derived into
     * `conf` (memory from load_arena). No side effects on the process; may run on any thread. */
    err_t (*check)(struct load *l, void *conf);
    /* Before each action of a script, and with `done` after each assignment. It may suspend.
     * Scripts are compiled with this call only where a configuration loads such a module. */
    void (*on_action)(struct call *c, const struct script_action *a, bool done);
    /* Once in the process, when a generation with this module first becomes current; before the
     * workers at start, on the loading thread at a reload. */
    err_t (*start)(const void *conf);
    /* Each time a generation becomes current (after `start`): offers changed parameters to the
     * process's state. */
    void (*adopt)(const void *conf);
    /* cfg.set has changed a parameter of the current generation. Any thread; does not suspend. */
    void (*changed)(const void *conf);
    /* Once in each worker, on its own thread and on a coroutine: it may suspend. */
    err_t (*worker_start)(const void *conf);
    void (*worker_stop)(void);
    void (*stop)(void); /* workers are gone */
};
#define MODULE_ABI 1

/* The configuration of module `m` in the generation that this call began with, and in the current
 * one (for timers and RPCs; valid until this coroutine's next suspension). Never NULL for an
 * activated module. Implemented by the server floor. */
const void *call_conf(struct call *c, const struct module *m);
const void *current_conf(const struct module *m);

/* For check and prepare: memory as long-lived as the generation, and diagnostics. `subject` names
 * the parameter or argument (NULL: the place being checked). load_fault makes the load fail;
 * load_warn does not. Implemented by the script floor. */
struct arena *load_arena(struct load *l);
void load_fault(struct load *l, const char *subject, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void load_warn(struct load *l, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Compiles text with variables, a variable, or a route name for a parameter whose meaning only the
 * module knows. They report through load_fault themselves. */
err_t load_format(struct load *l, struct str text, const struct format **out) MUST_USE;
err_t load_var(struct load *l, struct str text, const struct var_ref **out) MUST_USE;
err_t load_route(struct load *l, struct str name, enum route kind,
                 const struct route_ref **out) MUST_USE;
/* Whether the generation being built also loads this module. */
bool load_has_module(struct load *l, const char *name);
