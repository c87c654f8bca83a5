/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single values of headers that hold lists; values.c. A place is written "Name", "Name[2]",
 * "Name[-1]" or "Name[*]", with ".parameter" behind it where a parameter is meant. Values count
 * from 1.
 */
#pragma once
#include "core/call.h"

struct place_args {
    struct str place;
};
struct place_value_args {
    struct str place, value;
};

int append_hf_value(struct call *c, const struct place_value_args *a);
int insert_hf_value(struct call *c, const struct place_value_args *a);
int remove_hf_value(struct call *c, const struct place_args *a);
int assign_hf_value(struct call *c, const struct place_value_args *a);
/* The same over headers of the form of Authorization: one value, parameters with commas between. */
int remove_hf_value2(struct call *c, const struct place_args *a);
int assign_hf_value2(struct call *c, const struct place_value_args *a);
int include_hf_value(struct call *c, const struct place_value_args *a);
int exclude_hf_value(struct call *c, const struct place_value_args *a);
int hf_value_exists(struct call *c, const struct place_value_args *a);
