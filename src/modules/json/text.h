/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of a JSON text as scripts see them. */
#pragma once
#include "base/buf.h"
#include <jansson.h>

/* What a text says, for json_decref(); NULL: malformed, or nested too deep. */
json_t *text_read(struct str text);
/* The value at "a.b[2].c", borrowed; `escape` in a name stands for a dot. NULL: there is none. */
json_t *text_at(json_t *root, struct str path, char escape);
/* JSON with blanks between its parts; `raw`: a string without its quotes, null as nothing. */
void text_write(const json_t *j, bool raw, struct buf *out);
/* A string as JSON writes it, without the quotes. */
void text_encode(struct str s, struct buf *out);
