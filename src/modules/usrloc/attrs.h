/* SPDX-License-Identifier: BSD-2-Clause */
/* Attributes of contacts, between the files of usrloc; others use what usrloc.h has. */
#pragma once
#include "modules/usrloc/usrloc.h"

/* Adds one; what does not fit into the columns of the database is left out. */
void attrs_add(struct buf *b, struct str name, const struct value *v);
/* Takes the next one off; false: there is none. Texts point into it. */
bool attrs_next(struct str *rest, struct str *name, struct value *v);
