/* SPDX-License-Identifier: BSD-2-Clause */
/* AVPs in a table: what to load, store and delete, and for whom. */
#pragma once
#include "core/database.h"
#include "modules/avpops/spec.h"

/* A column of some other table, as the parameter db_scheme describes it. */
struct avp_scheme {
    struct str name, table;
    struct str uuid_column, username_column, domain_column, value_column;
    bool number;
};
struct avpops_conf {
    struct str db_url, avp_table;
    bool use_domain;
    struct str uuid_column, username_column, domain_column;
    struct str attribute_column, value_column, type_column;
    struct str_list db_scheme;
    struct avp_scheme *schemes; /* by check */
    size_t n_schemes;
};
extern const struct module module_avpops;

/* Reads the definitions of db_scheme; for `check`. */
err_t schemes_read(struct load *l, struct avpops_conf *conf);

enum avp_owner { OWNER_UUID, OWNER_USERNAME, OWNER_DOMAIN, OWNER_URI };
/* What an AVP's name is: the bits of the column `type`. */
enum { TYPE_NUMBER = 1, TYPE_NUMBER_NAME = 2 };

struct db_args { /* first and second as written; the rest is made at load */
    struct str first, second;
    struct operand source;
    enum avp_owner owner;
    struct avp_name avp; /* name empty: all that `names` allows */
    enum { NAMES_ANY, NAMES_TEXT, NAMES_NUMBER } names;
    struct str table;  /* empty: avp_table */
    struct str scheme; /* empty: none */
};
struct query_args {
    struct str query, into;
    const struct avp_name *avps;
    size_t n_avps;
};

err_t prepare_db_load(struct load *l, void *args);
err_t prepare_db_change(struct load *l, void *args); /* no schemes */
err_t prepare_db_query(struct load *l, void *args);

/* The functions; they suspend. */
int avp_db_load(struct call *c, const struct db_args *a);
int avp_db_store(struct call *c, const struct db_args *a);
int avp_db_delete(struct call *c, const struct db_args *a);
int avp_db_query(struct call *c, const struct query_args *a);
