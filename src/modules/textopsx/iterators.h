/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks over the headers, and over the lines of the body, under names of the script's choice;
 * iterators.c. They belong to one run of a script over one message. */
#pragma once
#include "core/call.h"
#include "script/value.h"

struct iterator_args {
    struct str name;
};
struct iterator_text_args {
    struct str name, text;
};

int hf_iterator_start(struct call *c, const struct iterator_args *a);
int hf_iterator_next(struct call *c, const struct iterator_args *a);
int hf_iterator_prev(struct call *c, const struct iterator_args *a);
int hf_iterator_end(struct call *c, const struct iterator_args *a);
int hf_iterator_rm(struct call *c, const struct iterator_args *a);
int hf_iterator_append(struct call *c, const struct iterator_text_args *a);
int hf_iterator_insert(struct call *c, const struct iterator_text_args *a);
int bl_iterator_start(struct call *c, const struct iterator_args *a);
int bl_iterator_next(struct call *c, const struct iterator_args *a);
int bl_iterator_end(struct call *c, const struct iterator_args *a);
int bl_iterator_rm(struct call *c, const struct iterator_args *a);
int bl_iterator_append(struct call *c, const struct iterator_text_args *a);
int bl_iterator_insert(struct call *c, const struct iterator_text_args *a);

enum iterator_value { ITERATOR_HEADER_NAME, ITERATOR_HEADER_BODY, ITERATOR_LINE };
err_t get_iterator(struct call *c, const struct var_ref *at, struct value *out);
