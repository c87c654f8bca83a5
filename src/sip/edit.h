/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a script changes in a message: a list of splices over its immutable text, applied when the
 * message is sent. Later reads see the original until then.
 *
 * Rules: places are offsets into msg.raw, so a list fits any copy of the message. Texts inserted at
 * the same place appear in the order they were added, except those of edit_insert_front. Deleted
 * ranges may overlap; a text inserted inside or at the edge of a deleted range stays. A slice given
 * as `what` or a position must lie in m->raw. Texts are copied to the list's arena.
 */
#pragma once
#include "sip/message.h"

struct edit {
    uint32_t at, n;  /* n bytes from `at` on disappear */
    int32_t rank;    /* orders those at the same place, then comes the order of adding */
    struct str text; /* and this stands there */
};

/* A cleared one is an empty list, but needs edit_init before anything is added. */
struct edit_list {
    struct edit *edits; /* in the order of their places */
    size_t n, room;
    struct arena *arena;
};

void edit_init(struct edit_list *l, struct arena *arena);
/* Forgets all. */
static inline void edit_clear(struct edit_list *l)
{
    l->n = 0;
}
/* Adds all of `from`, texts copied, behind what `l` has: a list saved for later, or merged. */
void edit_add_all(struct edit_list *l, const struct edit_list *from);

/* The general ones: at an offset, and over a slice of m->raw. */
void edit_insert(struct edit_list *l, size_t at, struct str text);
/* Before everything that was inserted at this place so far. */
void edit_insert_front(struct edit_list *l, size_t at, struct str text);
void edit_splice(struct edit_list *l, size_t at, size_t n, struct str text);
void edit_replace(struct edit_list *l, const struct msg *m, struct str what, struct str text);
void edit_delete(struct edit_list *l, const struct msg *m, struct str what);
/* Takes back the first change of exactly these bytes, if there is one. */
void edit_forget(struct edit_list *l, const struct msg *m, struct str what);

/* Header lines; a missing line end is added to `text`, which may hold several lines. */
void edit_append_header(struct edit_list *l, const struct msg *m, struct str text);
/* Before or after `h`; NULL: before the first header of all. */
void edit_insert_header(struct edit_list *l, const struct msg *m, const struct header *h,
                        struct str text);
void edit_insert_header_after(struct edit_list *l, const struct msg *m, const struct header *h,
                              struct str text);
/* Like edit_insert_header, and before all that was inserted there so far. */
void edit_push_header(struct edit_list *l, const struct msg *m, const struct header *h,
                      struct str text);
void edit_remove_header(struct edit_list *l, const struct msg *m, const struct header *h);
/* The whole body; earlier changes within it are forgotten. Content-Type is the caller's affair. */
void edit_set_body(struct edit_list *l, const struct msg *m, struct str body);
/*
 * RFC 3261, 18.2.1, and RFC 3581, 4: notes in the first Via where the request really came from.
 * `received` (numeric address without brackets; STR_NONE: leave it) is written or replaced; `port`,
 * unless 0, becomes the value of rport when the Via has that parameter or `force_rport` is set.
 */
void edit_mark_via(struct edit_list *l, const struct msg *m, const struct via *top,
                   struct str received, uint16_t port, bool force_rport);

/*
 * The message with all changes, appended to `out` in one go. A changed body gets its Content-Length
 * (also when none was there); `with_length`, for streams, adds a missing one in any case.
 */
void edit_apply(const struct edit_list *l, const struct msg *m, bool with_length, struct buf *out);
/* The length of that text. */
size_t edit_length(const struct edit_list *l, const struct msg *m);
/* The length of the body after the changes. */
size_t edit_body_length(const struct edit_list *l, const struct msg *m);
