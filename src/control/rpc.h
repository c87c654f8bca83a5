/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control requests. A method writes its answer as a tree of values through these functions; the
 * transport (binary RPC of kamcmd, JSON-RPC, the control socket) renders it. A method runs on a
 * coroutine of the worker that got it, and may suspend; what belongs to other workers it asks them
 * for with worker_call or workers_each.
 */
#pragma once
#include "base/value.h"
#include "module/module.h"

struct rpc;
struct rpc_node; /* a place in the answer to which things are added */

/* The root: what is added to it directly are the answer's values, in order. */
struct rpc_node *rpc_root(struct rpc *r);
void rpc_int(struct rpc_node *at, int64_t n);
void rpc_double(struct rpc_node *at, double d);
void rpc_str(struct rpc_node *at, struct str s);
void rpc_fmt(struct rpc_node *at, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct rpc_node *rpc_struct(struct rpc_node *at);
struct rpc_node *rpc_array(struct rpc_node *at);
/* Members of a struct. They may be put into an array too: clients of the binary protocol then see a
 * struct in which names repeat, and JSON an array of objects with one member each. */
void rpc_put_int(struct rpc_node *at, const char *name, int64_t n);
void rpc_put_double(struct rpc_node *at, const char *name, double d);
void rpc_put_str(struct rpc_node *at, const char *name, struct str s);
void rpc_put_fmt(struct rpc_node *at, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void rpc_value(struct rpc_node *at, const struct value *v);
void rpc_put_value(struct rpc_node *at, const char *name, const struct value *v);
struct rpc_node *rpc_put_struct(struct rpc_node *at, const char *name);
struct rpc_node *rpc_put_array(struct rpc_node *at, const char *name);

/* Answers with an error instead: a SIP-like code (400, 404, 500) and a sentence. Returns ERR_STATE,
 * for `return rpc_fail(...)`. */
err_t rpc_fail(struct rpc *r, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
struct arena *rpc_arena(struct rpc *r);
/* Arguments beyond the field table (methods that take any number): raw values in order. */
size_t rpc_arg_count(const struct rpc *r);
struct value rpc_arg(const struct rpc *r, size_t i);
struct str rpc_arg_text(struct rpc *r, size_t i); /* as text; STR_NONE when it is not there */

/* For transports. */
struct rpc_request {
    struct str method;
    const struct value *args; /* positional */
    size_t n_args;
    const struct str *names; /* or named (JSON-RPC objects), parallel to args; NULL: positional */
};
struct rpc_answer {
    int code; /* 200, or the error's */
    struct str error;
    struct rpc_node *root;
    bool array;   /* a list, even of one value or none */
    bool unknown; /* there is no such method */
};
/* Runs a request on this worker's coroutine (suspends until the method ends). The answer lives in
 * `arena`. An unknown method gives code 404 and the nearest right name. */
void rpc_execute(const struct rpc_request *q, struct arena *arena, struct rpc_answer *out);

enum rpc_kind { RPC_NULL, RPC_INT, RPC_DOUBLE, RPC_STR, RPC_STRUCT, RPC_ARRAY };
/* Walking an answer. */
enum rpc_kind rpc_node_kind(const struct rpc_node *n);
struct str rpc_node_name(const struct rpc_node *n); /* as a struct's member; else empty */
int64_t rpc_node_int(const struct rpc_node *n);
double rpc_node_double(const struct rpc_node *n);
struct str rpc_node_str(const struct rpc_node *n);
const struct rpc_node *rpc_node_first(const struct rpc_node *n);
const struct rpc_node *rpc_node_next(const struct rpc_node *n);

/* Methods that belong to no module (core.*, config.*); `table` ends with a NULL name. */
void rpc_register(const struct rpc_method *table);
/* All methods: those registered and those of the current generation's modules. */
const struct rpc_method *rpc_find(struct str name);
void rpc_each(void (*fn)(const struct rpc_method *m, const char *module, void *arg), void *arg);
