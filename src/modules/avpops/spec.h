/* SPDX-License-Identifier: BSD-2-Clause */
/* What the arguments of this module say: AVPs with flags, tests, calculations, substitutions. */
#pragma once
#include "base/regex.h"
#include "core/call.h"
#include "script/value.h"

enum {
    FLAG_ALL = 1,
    FLAG_DELETE = 2,
    FLAG_NUMBER = 4,
    FLAG_STRING = 8,
    FLAG_EMPTY = 16,
    FLAG_ICASE = 32,
    FLAG_CAST_NUMBER = 64,
    FLAG_CAST_STRING = 128
};
/* Letters of `known`, each with the flag of its place in `flags`. */
struct flag_letter {
    char letter;
    unsigned flag;
};

/* They report through load_fault. */
/* "$avp(name)", "$avp(s:name)", "$avp(g:name)". */
err_t spec_avp(struct load *l, struct str text, struct avp_name *out) MUST_USE;
err_t spec_flags(struct load *l, struct str text, const struct flag_letter *known,
                 unsigned *out) MUST_USE;

/* A constant, "i:5", text, or a variable. */
struct operand {
    struct value fixed;
    const struct var_ref *var;
};
err_t spec_operand(struct load *l, struct str text, struct operand *out) MUST_USE;
err_t operand_value(struct call *c, const struct operand *o, struct value *out) MUST_USE;

/* "/pattern/replacement/flags" with any separator. */
struct substitution {
    struct regex *pattern;
    struct str replacement; /* \1 … \9, variables */
    bool all;
};
err_t spec_substitution(struct load *l, struct str text, struct substitution *out) MUST_USE;
/* ERR_NOT_FOUND: nothing matched. The result is in the call's arena. */
err_t substitute(struct call *c, const struct substitution *s, struct str in,
                 struct str *out) MUST_USE;
