/* SPDX-License-Identifier: BSD-2-Clause */
/* What modules use of the script floor: variables, text with variables, route blocks. */
#pragma once
#include "module/module.h"

/* Reads a variable with its transformations. Null is a value, not an error. May suspend if the
 * variable does. The string lives at least as long as the call's arena. */
err_t var_get(struct call *c, const struct var_ref *at, struct value *out) MUST_USE;
err_t var_set(struct call *c, const struct var_ref *at, const struct value *in) MUST_USE;
/* What $var(name) is in every worker until a script sets it. Before the workers start; copies. */
void var_preset(struct str name, const struct value *v);
bool var_is_writable(const struct var_ref *at);
/* The inner name, evaluated where it holds variables; the index, evaluated. */
struct str var_key(struct call *c, const struct var_ref *at);
int64_t var_index(struct call *c, const struct var_ref *at);
/* How the configuration wrote it, for logs. */
struct str var_text(const struct var_ref *at);

/* Text with its variables expanded; lives as long as the call's arena. Null prints "<null>". */
struct str format_eval(struct call *c, const struct format *f);
bool format_is_fixed(const struct format *f, struct str *out); /* holds no variables */
struct str format_text(const struct format *f);                /* as written */
/* Parses and evaluates at run time (pv_eval, subst results …): errors give ERR_SYNTAX. */
err_t format_eval_text(struct call *c, struct str text, struct str *out) MUST_USE;
err_t var_parse_now(struct call *c, struct str text, const struct var_ref **out) MUST_USE;

/* Inside the run function of a transformation: the `tag` of its row. */
int transform_tag(void);

/* Runs a route block as route(X) does and returns its code; SCRIPT_EXIT when it ended the script:
 * then the caller ends it too by returning 0. May suspend. */
int route_run(struct call *c, const struct route_ref *r);
struct str route_ref_name(struct call *c, const struct route_ref *r);
/* What stands behind @tm, filled in by the module at its start; without it these selects are null.
 * `branch` is -1 where the script gives none. ERR_NOT_FOUND: null. */
enum select_tm {
    SELECT_TM_METHOD,
    SELECT_TM_UAS_STATUS,
    SELECT_TM_UAS_TO_TAG,
    SELECT_TM_UAS_REQUEST,
    SELECT_TM_UAS_RESPONSE,
    SELECT_TM_NEG_ACK,
    SELECT_TM_UAC_COUNT,
    SELECT_TM_UAC_RELAYED,
    SELECT_TM_UAC_LAST_STATUS,
    SELECT_TM_UAC_REPEATED,
    SELECT_TM_UAC_STATUS,
    SELECT_TM_UAC_URI,
    SELECT_TM_UAC_REQUEST,
    SELECT_TM_UAC_RESPONSE
};
struct select_upcalls {
    err_t (*tm)(struct call *c, enum select_tm what, int64_t branch, struct value *out);
};
extern struct select_upcalls select_upcalls;

/* Runs event_route[name] if the configuration has one: its code, or `otherwise`. */
int event_run(struct call *c, const char *name, int otherwise);

/* A pattern that is known only at run time, compiled once and kept by the worker; valid until the
 * next but one is asked for or the call suspends. regex_now logs what is malformed and gives NULL.
 */
err_t regex_cached(struct str pattern, unsigned flags, const struct regex **out,
                   struct buf *why) MUST_USE;
const struct regex *regex_now(struct str pattern, unsigned flags);
void regex_cache_end(void *unused); /* what a worker does at its end; for threads that are none */

/* Each variable that the routes of this call's configuration name as it is, once. */
void script_each_var(struct call *c, void (*fn)(const struct var_ref *ref, void *arg), void *arg);

/* Where in the configuration the script of this call stands; false when none runs. The text lives
 * as long as the call's generation. */
bool script_place(const struct call *c, struct str *file, unsigned *line);
