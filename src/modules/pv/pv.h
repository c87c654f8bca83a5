/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this module share: the shape of getters, and answers. */
#pragma once
#include "core/call.h"
#include "script/value.h"

#define GETTER(fn)  err_t fn(struct call *c, const struct var_ref *at, struct value *out)
#define SETTER(fn)  err_t fn(struct call *c, const struct var_ref *at, const struct value *in)
#define PREPARE(fn) err_t fn(struct load *l, const struct var_ref *at, const void **prepared)

static inline err_t give_null(struct value *out)
{
    *out = VALUE_NONE;
    return ERR_OK;
}
static inline err_t give_int(struct value *out, int64_t n)
{
    *out = VALUE_OF_INT(n);
    return ERR_OK;
}
/* An absent text (STR_NONE) is null. */
static inline err_t give_str(struct value *out, struct str s)
{
    *out = s.p ? VALUE_OF_STR(s) : VALUE_NONE;
    return ERR_OK;
}
err_t give_fmt(struct call *c, struct value *out, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The address with its port, as sip URI or as proto:host:port. */
err_t give_ip(struct call *c, struct value *out, const struct addr *a, bool brackets);

/* Inner names that come from a fixed set: $msg(len). `prepare` finds the row at load; a name known
 * only at run time is looked up then. */
struct key_row {
    const char *name;
    int id;
};
err_t prepare_key(struct load *l, const struct var_ref *at, const struct key_row *rows,
                  const void **prepared);
int key_id(struct call *c, const struct var_ref *at, const struct key_row *rows); /* -1: no such */

/* "udp:192.0.2.1:5060", "192.0.2.1:5060" or "udp:[2001:db8::1]" as one of our sockets, or NULL. */
struct listener *pv_find_socket(struct str text);

/* The user part. With user=phone it is a number that may have parameters of its own (RFC 3261,
 * 19.1.1): scripts look numbers up by it, so without these. */
struct str pv_user_of(const struct uri *u);

bool pv_is_request(const struct call *c);

/* Module `pv`'s only mutable state. */
struct shared_vars; /* shared_vars.h */
struct pv_state {
    struct module_slot slot;
    struct shared_vars *shared;
    int64_t started_unix;
    unsigned branch_slot; /* of the static branch in call->module_data */
};
extern struct pv_state pv_self;

/* The tables of the descriptor. */
extern const struct variable pv_vars[];
extern const struct transformation pv_transformations[];
extern const struct func pv_funcs[];
extern const struct rpc_method pv_methods[];
