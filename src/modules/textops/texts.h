/* SPDX-License-Identifier: BSD-2-Clause */
/* The script functions that test the method and texts; texts.c. */
#pragma once
#include "modules/textops/textops.h"

struct method_args {
    struct str name;
    unsigned mask; /* 0: the name is known at run time only */
};
struct substring_args {
    struct str text, pattern;
    int64_t group, groups;
    const struct var_ref *into;
};

err_t is_method_prepare(struct load *l, void *args);
int is_method(struct call *c, const struct method_args *a);
int in_list(struct call *c, const struct three_args *a);
int in_list_prefix(struct call *c, const struct three_args *a);
int cmp_str(struct call *c, const struct two_args *a);
int cmp_istr(struct call *c, const struct two_args *a);
int starts_with(struct call *c, const struct two_args *a);
int ends_with(struct call *c, const struct two_args *a);
int str_find_in(struct call *c, const struct two_args *a);
int str_ifind_in(struct call *c, const struct two_args *a);
int str_any_in(struct call *c, const struct two_args *a);
int str_all_in(struct call *c, const struct two_args *a);
int search_str(struct call *c, const struct two_args *a);
int regex_substring(struct call *c, const struct substring_args *a);
