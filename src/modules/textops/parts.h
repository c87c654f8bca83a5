/* SPDX-License-Identifier: BSD-2-Clause */
/* The script functions over bodies of several parts (RFC 2046, 5.1); parts.c. */
#pragma once
#include "modules/textops/textops.h"

struct get_part_args {
    struct str type;
    const struct var_ref *into;
};

int filter_body(struct call *c, const struct text_args *a);
int get_body_part(struct call *c, const struct get_part_args *a);
int get_body_part_raw(struct call *c, const struct get_part_args *a);
int remove_body_part(struct call *c, const struct text_args *a);
int set_body_multipart(struct call *c, const struct three_args *a);
int append_body_part(struct call *c, const struct three_args *a);
int append_body_part_hex(struct call *c, const struct three_args *a);
/* The session description: the body itself or the part that is one. */
struct str session_description(struct call *c);
