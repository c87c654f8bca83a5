/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of this module share. */
#pragma once
#include "core/call.h"
#include "core/database.h"
#include "rt/snapshot.h"
#include "script/value.h"
#include <pthread.h>

enum { LOAD_ADDRESS = 1, LOAD_TRUSTED = 2, LOAD_ALLOW = 4, LOAD_DENY = 8 };

struct permissions_conf {
    struct str default_allow_file, default_deny_file, allow_suffix, deny_suffix, db_url,
        trusted_table, source_col, proto_col, from_col, ruri_col, tag_col, priority_col,
        address_table, address_file, grp_col, ip_addr_col, mask_col, port_col;
    bool check_all_branches;
    int64_t db_mode, peer_tag_mode, max_subnets, subnet_match_mode, load_backends, reload_delta,
        trusted_cleanup_interval;
    const struct var_ref *peer_tag_avp;
};
extern const struct module module_permissions;

struct rule_file;
struct permissions_self {
    struct module_slot slot;
    struct snapshot addresses; /* struct address_set */
    struct snapshot trusted;   /* struct trusted_set */
    atomic_bool loading;
    atomic_ullong told;         /* fields_hash of the parameters that were read with; 0: none yet */
    _Atomic(int64_t) loaded_ms; /* the last reload by control */
    pthread_mutex_t lock;       /* over the list of files */
    _Atomic(struct rule_file *) files;
};
extern struct permissions_self permissions_self;

/* Addresses (address.c): immutable once made. */
struct address_entry {
    struct address_entry *next;
    int64_t group;
    struct addr_range range;
    struct str name; /* a domain name instead of a range */
    uint16_t port;   /* 0: any */
    struct str tag;
};
struct address_set {
    struct arena arena;
    struct address_entry **exact; /* by hash of address or name */
    size_t mask;
    struct address_entry *subnets, **last_subnet;
    size_t n_subnets;
};
struct address_set *address_set_new(size_t entries);
void address_set_free(void *set);
/* A mask of 0 means the whole address. ERR_SYNTAX: neither. */
err_t address_set_add(struct address_set *set, int64_t group, struct str text, int64_t mask,
                      int64_t port, struct str tag) MUST_USE;
bool address_is_name(const struct address_entry *e);
bool address_is_subnet(const struct address_entry *e);
/* The entry of a group (0: of any) that an address or name falls in; NULL. `longest` prefers the
 * narrowest subnet to the first. */
const struct address_entry *address_set_find(const struct address_set *set, int64_t group,
                                             struct str host, uint16_t port, bool longest);
err_t address_set_read_file(struct address_set *set, struct str path) MUST_USE;
void address_add_range(struct buf *b, const struct address_entry *e); /* the address alone */

/* Trusted peers (trusted.c). */
struct trusted_rule {
    struct trusted_rule *next;
    struct str source, proto, from_pattern, ruri_pattern, tag;
    struct regex *from, *ruri; /* NULL: any */
    int64_t priority;
};
struct trusted_set {
    struct arena arena;
    struct trusted_rule *first;
};
struct trusted_set *trusted_set_make(const struct db_result *rows);
void trusted_set_free(void *set);
/* Calls for each rule that applies until `found` returns false; the number of them. */
size_t trusted_match(const struct trusted_set *set, struct str source, struct str proto,
                     struct str from, struct str ruri,
                     bool (*found)(const struct trusted_rule *r, void *arg), void *arg);

/* Files of rules (rules.c). */
enum verdict { VERDICT_NONE, VERDICT_MATCH };
const struct rule_file *rule_file_of(struct str path); /* NULL: there is no such file */
bool rule_file_matches(const struct rule_file *f, struct str left, struct str right);
struct rule_file *rule_file_parse(struct str text);
void rule_files_free(struct rule_file *first);
/* "name" in the folder of the configuration, or as it is when absolute. */
struct str rule_path(struct arena *a, struct str name, struct str suffix);

/* Loading from the database or a file (load.c). Suspend; take turns: ERR_STATE. */
err_t load_addresses(const struct permissions_conf *conf);
err_t load_trusted(const struct permissions_conf *conf);
err_t read_trusted(const struct permissions_conf *conf, const struct str *source, struct arena *a,
                   struct db_result *out);

extern const struct func permissions_funcs[];
extern const struct rpc_method permissions_methods[];
/* Whether a pair may pass by two files named by `allow` and `deny`. */
bool pair_allowed(const struct rule_file *allow, const struct rule_file *deny, struct str left,
                  struct str right);
