/* SPDX-License-Identifier: BSD-2-Clause */
/* The script functions over AVPs: their arguments, and what is made of them at load. */
#pragma once
#include "modules/avpops/spec.h"

enum avp_compare {
    CMP_EQ,
    CMP_NE,
    CMP_LT,
    CMP_LE,
    CMP_GT,
    CMP_GE,
    CMP_RE,
    CMP_FM,
    CMP_AND,
    CMP_OR,
    CMP_XOR
};
enum avp_calculate { OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD, OP_AND, OP_OR, OP_XOR, OP_NOT };
enum push_part { PART_WHOLE, PART_USER, PART_DOMAIN };

struct avp_args { /* first and second as written; the rest is made at load */
    struct str first, second;
    struct avp_name avp, other;
    unsigned flags;
    enum avp_compare compare;
    enum avp_calculate calculate;
    struct operand operand;
    struct regex *pattern;
    struct substitution subst;
    const struct var_ref *target;
    enum push_part part;
    bool branches;
};

err_t prepare_delete(struct load *l, void *args);
err_t prepare_set(struct load *l, void *args);
err_t prepare_copy(struct load *l, void *args);
err_t prepare_pushto(struct load *l, void *args);
err_t prepare_check(struct load *l, void *args);
err_t prepare_op(struct load *l, void *args);
err_t prepare_subst(struct load *l, void *args);
