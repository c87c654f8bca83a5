/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Substitutions as of sed: /pattern/replacement/flags. Any character may stand in place of the
 * slashes. In the replacement \0 is the whole match, \1 to \9 are groups, \n \r \t control
 * characters, and variables are read at each run. Flags: g all matches, i letters of either case,
 * s a text of several lines counts as one.
 */
#pragma once
#include "modules/textops/textops.h"

struct subst_args {
    struct str expression;
};
struct subst_hf_args {
    struct str name, expression, which;
};
struct subst_v_args {
    struct str text, expression;
    const struct var_ref *into;
};

/* Functions of scripts; substitute.c. */
int subst(struct call *c, const struct subst_args *a);
int subst_uri(struct call *c, const struct subst_args *a);
int subst_user(struct call *c, const struct subst_args *a);
int subst_body(struct call *c, const struct subst_args *a);
int subst_hf(struct call *c, const struct subst_hf_args *a);
int subst_v(struct call *c, const struct subst_v_args *a);
/* For `prepare`: refuses malformed ones at load. */
err_t subst_prepare(struct load *l, void *args);
err_t subst_hf_prepare(struct load *l, void *args);
/* {re.subst,…} */
extern const struct transformation textops_transformations[];
