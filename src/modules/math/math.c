/* SPDX-License-Identifier: BSD-2-Clause */
/* Powers, roots and logarithms of numbers. */
#include "base/log.h"
#include "core/call.h"
#include "script/value.h"
#include <math.h>

static struct {
    struct module_slot slot;
} self;

struct one_args {
    int64_t value;
    const struct var_ref *result;
};
struct pow_args {
    int64_t base, exponent;
    const struct var_ref *result;
};

/* Scripts count in integers: what is behind the point is cut off. */
static int give(struct call *c, const struct var_ref *into, double d)
{
    static const double two_to_63 = 9223372036854775808.0;
    struct value v;

    if (!isfinite(d) || fabs(d) >= two_to_63) {
        log_error("math", "the result is no number that fits");
        return SCRIPT_FALSE;
    }
    v = VALUE_OF_INT((int64_t)d);
    return var_set(c, into, &v) ? SCRIPT_FALSE : SCRIPT_TRUE;
}

static int math_pow(struct call *c, const struct pow_args *a)
{
    return give(c, a->result, pow((double)a->base, (double)a->exponent));
}
EXPOSE(math_pow, pow_args)

#define OF_ONE(fn, calculate)                                                                      \
    static int fn(struct call *c, const struct one_args *a)                                        \
    {                                                                                              \
        return give(c, a->result, calculate((double)a->value));                                    \
    }                                                                                              \
    EXPOSE(fn, one_args)
OF_ONE(math_logN, log)
OF_ONE(math_log2, log2)
OF_ONE(math_log10, log10)
OF_ONE(math_sqrt, sqrt)

static err_t must_be_writable(struct load *l, const struct var_ref *at)
{
    if (!at || var_is_writable(at))
        return ERR_OK;
    load_fault(l, "result", "expected a variable that can be set");
    return ERR_TYPE;
}

static err_t prepare_one(struct load *l, void *args)
{
    return must_be_writable(l, ((struct one_args *)args)->result);
}

static err_t prepare_pow(struct load *l, void *args)
{
    return must_be_writable(l, ((struct pow_args *)args)->result);
}

#define RESULT "Variable that gets the result, without what is behind the point."
static const struct field one_args_fields[] = {
    FIELD(one_args, value, "The number."),
    FIELD(one_args, result, RESULT),
    { 0 },
};
static const struct field pow_args_fields[] = {
    FIELD(pow_args, base, "The number to raise."),
    FIELD(pow_args, exponent, "The power."),
    FIELD(pow_args, result, RESULT),
    { 0 },
};
static const struct outcome outcomes[] = {
    { 1, "the result is set" },
    { -1, "the result is no number, or too large" },
    { 0 },
};
#define ONE(fn, doc_text) FUNC(fn, one_args, doc_text, .returns = outcomes, .prepare = prepare_one)
static const struct func funcs[] = {
    FUNC(math_pow, pow_args, "Raises a number to a power.", .returns = outcomes,
         .prepare = prepare_pow),
    ONE(math_logN, "The natural logarithm."),
    ONE(math_log2, "The logarithm to the base 2."),
    ONE(math_log10, "The logarithm to the base 10."),
    ONE(math_sqrt, "The square root."),
    { 0 },
};

const struct module module_math = {
    .abi = MODULE_ABI,
    .name = "math",
    .doc = "Powers, roots and logarithms of numbers.",
    .slot = &self.slot,
    .funcs = funcs,
};
