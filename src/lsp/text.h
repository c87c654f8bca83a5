/* SPDX-License-Identifier: BSD-2-Clause */
/* Places in texts as editors count them, and names of files as they write them. */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include <jansson.h>

/* From 0; `character` counts UTF-16 code units, as the protocol has it. */
struct text_position {
    size_t line, character;
};

/* Where a position is in bytes; past the end of its line: the end of that line. */
size_t text_offset(struct str text, struct text_position at);
struct text_position text_position(struct str text, size_t offset);
/* The same for many places of one text: where its lines begin. */
struct text_lines {
    struct str text;
    size_t *begin, n;
};
struct text_lines text_lines(struct arena *a, struct str text);
struct text_position lines_position(const struct text_lines *l, size_t offset);
json_t *json_of_span(const struct text_lines *l, size_t from, size_t to);
/* Where a place of the checker is in bytes: line and column from 1, columns count bytes. */
size_t text_place(struct str text, size_t line, size_t col);
size_t text_utf16(struct str s);

/* "file:///etc/a%20b" becomes "/etc/a b"; another kind of URI stays as it is. */
struct str uri_to_path(struct arena *a, struct str uri);
void uri_of_path(struct str path, struct buf *out);
/* A path without "." and "..", from the root: `name` as seen from `folder`. */
struct str path_normal(struct arena *a, struct str folder, struct str name);

/* A JSON string; bytes that are not UTF-8 become U+FFFD. */
json_t *json_of(struct str s);
json_t *json_of_range(struct str text, size_t from, size_t to);
/* A member that is a string; STR_NONE when there is none. */
struct str json_member(const json_t *object, const char *name);
