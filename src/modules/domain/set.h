/* SPDX-License-Identifier: BSD-2-Clause */
/* The set of local domains with their attributes: immutable once made, published as a snapshot. */
#pragma once
#include "base/value.h"
#include "data/db.h"

struct attribute {
    struct attribute *next;
    struct str name;
    struct value value;
};
struct identity { /* what domains with the same did share */
    struct identity *next;
    struct str did;
    struct attribute *attributes;
};
struct domain_entry {
    struct domain_entry *next;
    struct str name; /* lower case */
    const struct identity *identity;
};
struct domain_set {
    struct arena arena;
    struct domain_entry **slots;
    size_t mask, n;
    struct identity *identities;
};

/* From rows (domain, did) and (did, name, type, value). The caller frees it by domain_set_free. */
struct domain_set *domain_set_make(const struct db_result *domains,
                                   const struct db_result *attributes);
void domain_set_free(void *set);
const struct domain_entry *domain_set_find(const struct domain_set *set, struct str name);
