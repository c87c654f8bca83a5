/* SPDX-License-Identifier: BSD-2-Clause */
#pragma once
#include "base/str.h"

/* How many bytes the UTF-8 character at the front of `s` has; 0 when it is none. `s` is not empty.
 */
size_t utf8_length(struct str s);
