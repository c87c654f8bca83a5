/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the lexer, shared by lex*.c (tokens), directive.c (#!…) and subst.c. */
#pragma once
#include "script/lex.h"

enum { MACRO_BUCKETS = 256 };

/* What is being read: a file, or the value of a define that stands in place of its name. */
struct input {
    struct input *up;
    const struct source *source; /* files */
    struct macro *macro;         /* defines */
    struct place use;            /* defines: where the name stood */
    struct str text;
    size_t at;
    uint32_t line, col;
    bool in_comment;     /* defines: its value ends in a comment, which goes on behind its name */
    bool line_start;     /* nothing but blanks since the last line end */
    unsigned conditions; /* how many were open when this file began */
};

struct condition { /* #!ifdef … #!endif */
    struct place at;
    bool taken; /* this part counts */
    bool any;   /* a part of it counted, or the whole stands in a skipped part */
    bool has_else;
};

/* Where a string began and ended, to tell later which one lacks its closing quote. */
struct read_string {
    struct read_string *next;
    struct place at;
    uint32_t end_line, end_col; /* behind its quote */
};

struct subst {
    struct subst *next;
    const struct regex *pattern;
    struct str replacement;
    bool global;
};

struct lexer {
    struct arena *arena;
    struct diagnostics *diag;
    const struct load_reader *reader;
    lexer_variable_fn *variable; /* NULL: no variable has a value */
    void *variable_ctx;
    struct input *input;
    unsigned macro_depth, file_depth;
    struct macro *macros[MACRO_BUCKETS];
    struct condition conditions[LEX_CONDITIONS_MAX];
    unsigned n_conditions;
    struct subst *substs, **substs_tail;
    struct str *files;
    size_t n_files;
    struct token *tokens;
    size_t n_tokens, cap_tokens;
    bool spaced, stopped;
    bool ends_in_string;
    bool raw;                    /* lexer_raw: every byte is shown as it stands */
    struct read_string *strings; /* all, newest first */
    unsigned loadmodule;         /* tokens since the word loadmodule, to define MOD_<name> */
};

/* directive.c */
bool lex_known_directive(struct str name);
/* At "#!" or "!!": true when a known directive was read and done with. */
bool lex_directive(struct lexer *l);
/* Skips to the directive that ends a part which does not count. */
void lex_skip_part(struct lexer *l);
bool lex_skipping(const struct lexer *l);
void lex_include(struct lexer *l, struct str name, bool must_exist, const struct place *at);
void lex_end_file(struct lexer *l);
size_t macro_bucket(struct str name);
struct macro *macro_find(const struct lexer *l, struct str name);
void macro_set(struct lexer *l, struct str name, struct str value, bool has_value,
               const struct place *at);

/* subst.c */
struct str subst_apply(struct lexer *l, struct str text); /* the same slice when nothing changed */
void subst_add(struct lexer *l, const char *kind, struct str text, const struct place *at);

/* lex.c */
struct token *lex_add(struct lexer *l, enum tok kind, const struct place *at, struct str text);
void lex_one(struct lexer *l);
void lex_skip_blanks(struct lexer *l); /* white space and comments, not directives */
void lex_skip_comment(struct lexer *l);
void lex_skip_line(struct lexer *l);
bool lex_at_directive(const struct lexer *l);
struct place lex_place(const struct lexer *l);
int lex_peek(const struct lexer *l, size_t ahead); /* -1 at the end of this input */
void lex_advance(struct lexer *l, size_t n);
bool lex_open(struct lexer *l, struct str name, struct str text, const struct place *included);

/* One token each, at the cursor: lex_string.c (with the strings that join it), lex_number.c,
 * lex_variable.c. */
void lex_string(struct lexer *l);
void lex_number(struct lexer *l);
void lex_variable(struct lexer *l);
void lex_attribute(struct lexer *l);
void lex_select(struct lexer *l);

static inline bool lex_is_ident(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
