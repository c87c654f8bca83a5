/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From files to tokens: the preprocessor (#!define, #!ifdef, include_file …) and the lexer in one
 * pass. Every token knows where it stands and what it was expanded from.
 */
#pragma once
#include "base/regex.h"
#include "script/diag.h"

#define TOKEN_TABLE(X)                                                                             \
    X(TOK_END, "end of file")                                                                      \
    X(TOK_IDENT, "name")                                                                           \
    X(TOK_NUMBER, "number")                                                                        \
    X(TOK_STRING, "string")                                                                        \
    X(TOK_VAR, "variable")                                                                         \
    X(TOK_SELECT, "select")                                                                        \
    X(TOK_IP, "IP address")                                                                        \
    X(TOK_LPAREN, "'('")                                                                           \
    X(TOK_RPAREN, "')'")                                                                           \
    X(TOK_LBRACE, "'{'")                                                                           \
    X(TOK_RBRACE, "'}'")                                                                           \
    X(TOK_LBRACK, "'['")                                                                           \
    X(TOK_RBRACK, "']'")                                                                           \
    X(TOK_SEMI, "';'")                                                                             \
    X(TOK_COMMA, "','")                                                                            \
    X(TOK_COLON, "':'")                                                                            \
    X(TOK_DOT, "'.'")                                                                              \
    X(TOK_ASSIGN, "'='")                                                                           \
    X(TOK_EQ, "'=='")                                                                              \
    X(TOK_NE, "'!='")                                                                              \
    X(TOK_MATCH, "'=~'")                                                                           \
    X(TOK_LT, "'<'")                                                                               \
    X(TOK_GT, "'>'")                                                                               \
    X(TOK_LE, "'<='")                                                                              \
    X(TOK_GE, "'>='")                                                                              \
    X(TOK_ANDAND, "'&&'")                                                                          \
    X(TOK_OROR, "'||'")                                                                            \
    X(TOK_NOT, "'!'")                                                                              \
    X(TOK_AND, "'&'")                                                                              \
    X(TOK_OR, "'|'")                                                                               \
    X(TOK_XOR, "'^'")                                                                              \
    X(TOK_TILDE, "'~'")                                                                            \
    X(TOK_LSHIFT, "'<<'")                                                                          \
    X(TOK_RSHIFT, "'>>'")                                                                          \
    X(TOK_PLUS, "'+'")                                                                             \
    X(TOK_MINUS, "'-'")                                                                            \
    X(TOK_STAR, "'*'")                                                                             \
    X(TOK_SLASH, "'/'")                                                                            \
    /* of lexer_raw only */                                                                        \
    X(TOK_COMMENT, "comment")                                                                      \
    X(TOK_DIRECTIVE, "directive")                                                                  \
    X(TOK_VERBATIM, "unreadable text")

enum tok {
#define X(id, text) id,
    TOKEN_TABLE(X)
#undef X
        TOK_COUNT
};
const char *tok_name(enum tok t);

/* Where the bytes of a string stand: adjacent strings join, escapes make one byte of several. */
struct str_piece {
    struct str_piece *next;
    size_t from;     /* offset in the value */
    struct place at; /* of the first byte after the quote */
    struct str raw;  /* what stands between the quotes */
    bool escapes;    /* "..." */
};

struct token {
    enum tok kind;
    bool spaced;     /* white space or a comment stands before it */
    bool line_start; /* it is the first of its line */
    bool bad;        /* a fault was told about it */
    struct place at;
    struct place end; /* just behind its last byte */
    struct str text;  /* as written */
    struct str value; /* strings: decoded */
    int64_t number;
    const struct str_piece *pieces; /* strings; NULL when #!subst changed the value */
};

struct tokens {
    struct token *at; /* the last one is TOK_END */
    size_t n;
};

/* Limits on what a configuration may be. */
enum {
    LEX_FILE_MAX = 16 << 20,
    LEX_INCLUDE_DEPTH = 10,
    LEX_FILES_MAX = 1000,
    LEX_CONDITIONS_MAX = 256,
    LEX_MACRO_DEPTH = 100,
    LEX_TOKENS_MAX = 4 << 20,
};

struct lexer;
/* Everything it makes lives in `arena`; faults go to `d`. */
struct lexer *lexer_new(struct arena *arena, struct diagnostics *d);
struct arena *lexer_arena(const struct lexer *l);
struct diagnostics *lexer_diagnostics(const struct lexer *l);
/* Files are asked of it first; it must live as long as `l`. */
void lexer_read_with(struct lexer *l, const struct load_reader *reader);
/*
 * What variables in the replacement of a #!subst are asked of; without it they stay as they are.
 * `text` begins with '$' and a name. Returns how much of it the variable is, and its value in the
 * lexer's arena; STR_NONE: it has none and stays, which was told.
 */
typedef size_t lexer_variable_fn(void *ctx, struct lexer *l, struct str text,
                                 const struct place *at, struct str *out);
void lexer_variables_with(struct lexer *l, lexer_variable_fn *fn, void *ctx);
/* The tokens up to the directive that is being read, ended by TOK_END; a copy in `a`. */
struct tokens lexer_so_far(const struct lexer *l, struct arena *a);
void lexer_define(struct lexer *l, struct str name, struct str value, bool has_value);
/* "/regex/replacement/flags" as on the command line. */
void lexer_subst(struct lexer *l, const char *kind, struct str text);
/* Reads a file (text.p NULL) or a text and all it includes. */
struct tokens lexer_run(struct lexer *l, struct str file, struct str text);
/*
 * The tokens of a text as it is written, for tools that show or rearrange it: comments and
 * directives are tokens, strings are not joined, nothing is expanded, included or left out. Every
 * `text` is a slice of the given one. A part between conditions (#!ifdef …) that makes no sense as
 * tokens is one TOK_VERBATIM: it may be prose. Elsewhere such a thing is a fault, and the token
 * behind which reading goes on is TOK_VERBATIM or marked `bad`.
 */
struct tokens lexer_raw(struct lexer *l, struct str name, struct str text);
/* What a line that begins with a directive does to conditions. */
enum lex_condition { LEX_NO_CONDITION, LEX_IF, LEX_ELSE, LEX_ENDIF };
enum lex_condition lex_condition_of(struct str line);
/* What was read, the main file first. */
const struct str *lexer_files(const struct lexer *l, size_t *n);
/* A define as it stands now; the one after `m`, or the first when that is NULL. */
const struct macro *lexer_macro(const struct lexer *l, struct str name);
const struct macro *lexer_next_macro(const struct lexer *l, const struct macro *m);
/* The tokens of a text with the defines of `l`; faults stand at `at`. */
struct tokens lexer_text(struct lexer *l, struct str text, const struct place *at);
/* The string that ends where a fault stands: on its line, when it runs over several, or right
 * before it. Its closing quote is missing, then. */
bool lexer_open_string(const struct lexer *l, struct str file, uint32_t line, uint32_t col,
                       struct place *at);
bool lexer_ends_in_string(const struct lexer *l); /* one was not closed before the file's end */
/* The place of a byte of a string's value. */
struct place string_place(const struct token *t, size_t offset);
/* What the parser provides: evaluates `text` for #!ifexp and #!defexp. */
struct lexer_upcalls {
    bool (*expression)(struct lexer *l, struct str text, const struct place *at, struct value *out);
};
extern struct lexer_upcalls lexer_upcalls;
