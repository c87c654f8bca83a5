/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files that read test files share. */
#pragma once
#include "script/diag.h"
#include "testing/plan.h"

struct reader {
    struct plan *plan;
    const struct str *lines; /* of the file, as they stand there */
    size_t at, end;          /* the line being read, from 0; where reading stops */
    struct str line;         /* what is left of it */
    struct str whole;        /* the line with values put in, without comment */
    bool exact;              /* no values were put in: columns are right */
    bool opens;              /* it ended in '{' */
    const struct decl *decls;
    struct test *test; /* being read; NULL: outside */
    struct step **last;
    unsigned depth;
    bool stopped; /* too much went wrong */
};

/* The next line that says something; false at the end, or at a '}' (which is passed over). */
bool reader_line(struct reader *r);
/* The next word of the line; quotes hold blanks together. Empty at its end. */
struct str reader_word(struct reader *r);
bool reader_more(const struct reader *r);
struct str reader_rest(struct reader *r);
bool reader_number(struct reader *r, int64_t *out);
/* "32 s", "500 ms" */
bool reader_time(struct reader *r, int64_t *ms);
/* The lines of a block as they stand there, up to its '}': *to is the line of that. */
void reader_skip_block(struct reader *r, size_t *from, size_t *to);
/* The same as a text with values put in, each line with `eol` behind it; without the blanks that
 * all of them begin with, unless `as_is`. */
struct str reader_block(struct reader *r, const char *eol, bool as_is);
bool reader_needs_block(struct reader *r); /* a '{' stands there, or that is told */

/* The place of a word of the line. */
struct place reader_place(const struct reader *r, struct str word);
/* Tells a fault at a word; an index for diag_hint. */
size_t reader_fault(struct reader *r, struct str word, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* unknown WHAT "word"; did you mean one of the names? */
void reader_unknown(struct reader *r, struct str word, const char *what, const char *const *names,
                    size_t stride);
bool reader_end(struct reader *r); /* nothing more stands on the line, or that is told */

struct fragment *reader_fragment(struct reader *r, struct str text, struct str where,
                                 bool statements);
struct decl *reader_declare(struct reader *r, enum decl_kind kind);

/* read_decls.c: true when `word` begins a declaration; it has been read then. */
bool read_declaration(struct reader *r, struct str word);
extern const char *const declaration_words[];
/* read_steps.c */
extern const char *const step_words[];
/* Steps from other lines of the file. */
void read_steps_between(struct reader *r, size_t from, size_t to);
