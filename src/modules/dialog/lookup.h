/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding a dialog wherever it is at home. All give a reference, or NULL, and suspend. */
#pragma once
#include "modules/dialog/dialog.h"

struct dialog *lookup_tags(struct str call_id, struct str tag, struct str other_tag);
struct dialog *lookup_call(struct str call_id, struct str tag); /* tag STR_NONE: any */
struct dialog *lookup_id(uint32_t entry, uint32_t id);
