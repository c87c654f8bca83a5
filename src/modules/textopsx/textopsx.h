/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of this module. */
#pragma once
#include "module/module.h"

struct textopsx_state {
    struct module_slot slot;
    unsigned iterators; /* of a run, in call->module_data */
};
extern struct textopsx_state textopsx_self;

static inline int truth(bool yes)
{
    return yes ? SCRIPT_TRUE : SCRIPT_FALSE;
}
