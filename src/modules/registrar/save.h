/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
#include "modules/registrar/inner.h"

struct save_args {
    struct str domain, flags, uri;
};
int save(struct call *c, const struct save_args *a);
