/* SPDX-License-Identifier: BSD-2-Clause */
/* Flags of the message, the script run and the branch: as number, as hexadecimal, one by one. */
#include "modules/pv/flag_vars.h"

static uint32_t *flags_of(struct call *c, enum flag_set set)
{
    switch (set) {
    case FLAGS_MESSAGE: return &c->flags;
    case FLAGS_SCRIPT: return &c->script_flags;
    case FLAGS_BRANCH: return &call_target(c, 0)->flags;
    }
    return &c->flags;
}

GETTER(get_flags)
{
    return give_int(out, (int64_t)*flags_of(c, (enum flag_set)at->var->tag));
}

GETTER(get_flags_hex)
{
    return give_fmt(c, out, "%08X", *flags_of(c, (enum flag_set)at->var->tag));
}

SETTER(set_flags)
{
    if (in->type != VALUE_INT && in->type != VALUE_NULL)
        return ERR_TYPE;
    *flags_of(c, (enum flag_set)at->var->tag) = (uint32_t)value_number(in);
    return ERR_OK;
}

static bool flag_number(struct call *c, const struct var_ref *at, uint32_t *bit)
{
    return str_to_u32(var_key(c, at), bit) == ERR_OK && *bit < 32;
}

PREPARE(prepare_flag)
{
    uint32_t bit;

    *prepared = NULL;
    if (str_to_u32(at->key, &bit) == ERR_OK && bit < 32)
        return ERR_OK;
    load_fault(l, NULL, "$%s takes the number of a flag, 0 to 31", at->var->name);
    return ERR_RANGE;
}

GETTER(get_flag)
{
    uint32_t bit;

    if (!flag_number(c, at, &bit))
        return give_null(out);
    return give_int(out, (*flags_of(c, (enum flag_set)at->var->tag) >> bit) & 1);
}

SETTER(set_flag)
{
    uint32_t bit, *flags = flags_of(c, (enum flag_set)at->var->tag);

    if (!flag_number(c, at, &bit))
        return ERR_RANGE;
    if (value_number(in))
        *flags |= UINT32_C(1) << bit;
    else
        *flags &= ~(UINT32_C(1) << bit);
    return ERR_OK;
}
