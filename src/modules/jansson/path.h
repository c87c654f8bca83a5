/* SPDX-License-Identifier: BSD-2-Clause */
/* Places in JSON: "a.b[2].c"; an empty path is the whole. */
#pragma once
#include "base/arena.h"
#include "base/value.h"
#include <jansson.h>

/* What a text says, for json_decref(); NULL: malformed, or nested too deep. */
json_t *json_read(struct str text);
/* The value at a place, borrowed; NULL: there is none. */
json_t *json_at(json_t *root, struct str path);
/* Puts `value` (taken over in any case) at a place; objects on the way are made. */
bool json_put(json_t *root, struct str path, json_t *value);
/* Appends to a list, or adds the members of an object to an object; takes `value` over. */
bool json_append_at(json_t *root, struct str path, json_t *value);
/* As scripts have it: lists and objects as JSON text, true as 1; strings in `a`. */
struct value json_to_value(const json_t *j, struct arena *a);
/* The text of a value; `flags` of json_dumps. In `a`. */
struct str json_write(const json_t *j, size_t flags, struct arena *a);
