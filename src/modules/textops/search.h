/* SPDX-License-Identifier: BSD-2-Clause */
/* The script functions that search and replace in the message. */
#pragma once
#include "modules/textops/textops.h"

struct replace_args {
    const struct regex *pattern;
    struct str text;
};
struct hf_search_args {
    struct str name;
    const struct regex *pattern;
    struct str which; /* a, f or l */
};

int search(struct call *c, const struct regex_args *a);
int search_body(struct call *c, const struct regex_args *a);
int search_hf(struct call *c, const struct hf_search_args *a);
int search_append(struct call *c, const struct replace_args *a);
int search_append_body(struct call *c, const struct replace_args *a);
int replace_first(struct call *c, const struct replace_args *a);
int replace_body(struct call *c, const struct replace_args *a);
int replace_hdrs(struct call *c, const struct replace_args *a);
int replace_all(struct call *c, const struct replace_args *a);
int replace_body_all(struct call *c, const struct replace_args *a);
int replace_body_atonce(struct call *c, const struct two_args *a);
int replace_str(struct call *c, const struct three_args *a);
int replace_body_str(struct call *c, const struct three_args *a);
int replace_hdrs_str(struct call *c, const struct three_args *a);
