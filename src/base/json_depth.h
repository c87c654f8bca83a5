/* SPDX-License-Identifier: BSD-2-Clause */
/* What must hold before a recursive JSON reader may see text from outside: a coroutine's stack is
 * small. */
#pragma once
#include "base/str.h"

enum { JSON_DEPTH_MAX = 64 };
/* Whether lists and objects in `text` are nested at most JSON_DEPTH_MAX deep. Well-formedness is
 * the reader's affair. */
bool json_depth_ok(struct str text);
