/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the files of pv_headers. The headers of a message are kept as a list of values with their
 * names, in order: fields of an XAVI. A request has one list, and each of its branches a copy that
 * its branch route may change; a reply has its own. What is changed there is changed in the message
 * when it leaves.
 */
#pragma once
#include "core/call.h"
#include "script/value.h"

struct pvh_conf {
    struct str xavi_name, skip_headers, split_headers;
    int64_t header_value_size, header_collect_flag, header_apply_flag;
    bool auto_msg;
    bool uac_loaded; /* by check */
};
extern const struct module module_pv_headers;
const struct pvh_conf *pvh_conf(struct call *c);

/* What is known of a run besides. */
struct pvh_run {
    struct vars *own; /* of the run of a reply; in a transaction's routes c->vars is another. NULL:
                         it did not just arrive, and has no list */
    bool collected, applied;
    unsigned status; /* that $x_rs has set; 0: none */
    struct str reason;
};
struct pvh_run *pvh_run(struct call *c);

/* ---- headers.c: the list ---- */

struct pvh_list {
    struct vars *vars;
    struct xavp *item; /* its fields are the values; NULL: nothing was collected */
};
/* The list that the route at hand sees; in a branch route the branch's own. */
struct pvh_list pvh_list(struct call *c);
/* What is sent: the list of this branch, reply or request. */
struct pvh_list pvh_list_to_send(struct call *c);
struct pvh_list pvh_list_new(struct call *c);
void pvh_forget(struct call *c);
/* False: this message has no list. */
bool pvh_collect(struct call *c);

/* The nth value of a name, from 0; negative ones count from the last. NULL. */
struct xavp *pvh_value(const struct pvh_list *l, struct str name, int64_t nth);
size_t pvh_count(const struct pvh_list *l, struct str name);
void pvh_append(struct pvh_list *l, struct str name, const struct value *v);
/* All values of a name become this one; null leaves a mark that the header goes. */
void pvh_replace(struct pvh_list *l, struct str name, const struct value *v);
void pvh_remove(struct pvh_list *l, const struct xavp *field);
/* No line may begin in a value, but folded ones. */
bool pvh_is_clean(struct str text);
/* Whether a comma-separated list of names has this one. */
bool pvh_names_have(struct str names, struct str name);

/* ---- apply.c ---- */

/* Adds the edits that make the message have the headers of the list. */
err_t pvh_apply(struct call *c, const struct pvh_list *l, struct edit_list *edits) MUST_USE;

/* ---- vars.c ---- */

err_t pvh_get_header(struct call *c, const struct var_ref *at, struct value *out);
err_t pvh_set_header(struct call *c, const struct var_ref *at, const struct value *in);
enum pvh_part { PVH_URI, PVH_USER, PVH_DOMAIN, PVH_NAME, PVH_TAG };
#define PVH_OF_TO 16 /* in tags, with an enum pvh_part; else of From */
err_t pvh_get_party(struct call *c, const struct var_ref *at, struct value *out);
err_t pvh_set_party(struct call *c, const struct var_ref *at, const struct value *in);
err_t pvh_get_status(struct call *c, const struct var_ref *at, struct value *out);
err_t pvh_set_status(struct call *c, const struct var_ref *at, const struct value *in);
err_t pvh_get_reason(struct call *c, const struct var_ref *at, struct value *out);
err_t pvh_set_reason(struct call *c, const struct var_ref *at, const struct value *in);

/* ---- functions.c ---- */

/* False: it was done before. */
bool pvh_collect_once(struct call *c);
extern const struct func pvh_funcs[];
