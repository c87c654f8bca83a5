/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AVPs and XAVPs: lists of values by name that follow a transaction. A refcounted object with its
 * own memory: a request and the transaction made from it share one. What was removed gives its
 * memory back with the object. Functions that only read take NULL as an empty one.
 */
#pragma once
#include "base/obj.h"
#include "base/value.h"

struct vars;
struct vars *vars_new(void);
/* Forgets all; with a reference of the caller's alone. */
void vars_reset(struct vars *v);
/* Whether there is nothing in it. */
bool vars_empty(const struct vars *v);

/* The kinds of lists, each with its own names. URI and domain lists are the classes of $avp(fu:x).
 */
enum avp_class {
    AVP_PLAIN,
    AVP_URI_FROM,
    AVP_URI_TO,
    AVP_USER_FROM,
    AVP_USER_TO,
    AVP_DOMAIN_FROM,
    AVP_DOMAIN_TO,
    AVP_GLOBAL,
    AVP_CLASS_COUNT
};

/* Values with one name stand in a list, newest first. Strings are copied. */
void avp_push(struct vars *v, enum avp_class class, struct str name, const struct value *value);
/* A name as scripts write it: "fu:", "t.user:" and so on choose a class, "s:" and "i:" none. `name`
 * is a part of `text`. */
struct avp_name {
    enum avp_class class;
    struct str name;
};
struct avp_name avp_name_read(struct str text);
/* The nth from the newest (0), negative from the oldest (-1); false when there is none. */
bool avp_get(const struct vars *v, enum avp_class class, struct str name, int64_t nth,
             struct value *out);
size_t avp_count(const struct vars *v, enum avp_class class, struct str name);
bool avp_set_at(struct vars *v, enum avp_class class, struct str name, int64_t nth,
                const struct value *value);
size_t avp_remove(struct vars *v, enum avp_class class, struct str name, int64_t nth); /* one */
size_t avp_remove_all(struct vars *v, enum avp_class class, struct str name);
/* The flags of the newest one; NULL when there is none. */
uint32_t *avp_flags(struct vars *v, enum avp_class class, struct str name);
void avp_each(const struct vars *v,
              void (*fn)(enum avp_class class, struct str name, const struct value *value,
                         void *arg),
              void *arg);

/* XAVPs: an item holds a value or a list of named fields. `kind` separates $xavp (case-sensitive),
 * $xavu (one value per name) and $xavi (case-insensitive). */
enum xavp_kind { XAVP, XAVU, XAVI, XAVP_KIND_COUNT };
struct xavp { /* owned by the vars object */
    struct xavp *next;
    struct str name;
    struct value value; /* VALUE_NULL when `fields` is used */
    struct xavp *fields;
    bool is_list;
};
struct xavp *xavp_find(const struct vars *v, enum xavp_kind kind, struct str name, int64_t nth);
struct xavp *xavp_push(struct vars *v, enum xavp_kind kind, struct str name); /* new and newest */
struct xavp *xavp_first(const struct vars *v, enum xavp_kind kind);
size_t xavp_remove(struct vars *v, enum xavp_kind kind, struct str name, int64_t nth);
size_t xavp_remove_all(struct vars *v, enum xavp_kind kind, struct str name);
struct xavp *xavp_field(const struct vars *v, enum xavp_kind kind, const struct xavp *item,
                        struct str name, int64_t nth);
struct xavp *xavp_field_push(struct vars *v, struct xavp *item, struct str name,
                             const struct value *value);
void xavp_set_value(struct vars *v, struct xavp *item, const struct value *value);
size_t xavp_field_remove(struct vars *v, struct xavp *item, struct str name, int64_t nth);

/* Who the maker of the request has proven to be, with a password: what auth has verified. It
 * follows the transaction, as all that stands here. */
struct account {
    struct str user; /* as in the credentials */
    struct str realm;
};
void vars_set_account(struct vars *v, struct account who); /* the texts are copied */
const struct account *vars_account(const struct vars *v);  /* NULL: nobody */
