/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of the language server. */
#pragma once
#include "lsp/framing.h"
#include "lsp/lsp.h"
#include "lsp/text.h"
#include "script/language.h"
#include "script/lex.h"
#include "script/tree.h"

enum lsp_code { /* of errors; JSON-RPC 2.0 and LSP 3.17 */
                LSP_PARSE_ERROR = -32700,
                LSP_INVALID_REQUEST = -32600,
                LSP_UNKNOWN_METHOD = -32601,
                LSP_INVALID_PARAMS = -32602,
                LSP_NOT_INITIALIZED = -32002,
                LSP_REQUEST_FAILED = -32803,
};
enum { LSP_DOCUMENTS_MAX = 1000 };

struct document {
    struct document *next;
    struct str uri, path; /* owned; the path is that of the URI, normal */
    struct buf text;
    json_int_t version;
    struct text_lines lines; /* of the last check; begin NULL: not counted yet */
};

/* What the last check found, in an arena of its own. */
struct found {
    struct found *next;
    struct str path;
    struct diagnostic d;
};
struct root { /* a configuration that was checked, and the files it is made of */
    struct root *next;
    struct str path;
    struct root_file {
        struct root_file *next;
        struct str path;
    } * files;
    struct found *found, **tail;
};

/* A function whose argument `i` names a route block. */
struct route_argument {
    struct route_argument *next;
    struct str function;
    unsigned i;
    enum block_kind kind;
};

enum lsp_phase { LSP_FRESH, LSP_READY, LSP_SHUT };
struct lsp {
    const struct load_options *options;
    enum lsp_phase phase;
    bool over;
    struct str folder; /* the working directory */
    struct str main;   /* path of the main file; empty: none */
    struct framing framing;
    struct document *documents; /* in the order of opening */
    size_t n_documents;
    struct arena checked; /* of roots */
    struct root *roots;
    struct route_argument *route_arguments;
    json_t *published; /* what was told of each URI that is not clean */
    struct buf *out;
    /* of the request being answered */
    struct arena arena;
    enum lsp_code error;
    struct str error_text;
};

/* ---- server.c ---- */
/* Makes the request fail; returns NULL. */
json_t *lsp_fail(struct lsp *l, enum lsp_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void lsp_notify(struct lsp *l, const char *method, json_t *params); /* takes params */

/* ---- documents.c ---- */
struct document *document_of(struct lsp *l, struct str uri);
struct document *document_at(const struct lsp *l, struct str path);
void document_free(struct document *d);
/* params.textDocument.uri and params.position; NULL after lsp_fail. */
struct document *document_asked(struct lsp *l, const json_t *params, size_t *offset);
json_t *document_open(struct lsp *l, const json_t *params);
json_t *document_change(struct lsp *l, const json_t *params);
json_t *document_close(struct lsp *l, const json_t *params);
json_t *document_save(struct lsp *l, const json_t *params);
bool position_of(const json_t *object, struct text_position *out);
/* The URI of a path: as the editor wrote it, where the file is open. */
json_t *json_of_uri(struct lsp *l, struct str path);

/* ---- check.c ---- */
/* Checks everything that is open, and tells the editor. `changed`: this is told in any case. */
void check_all(struct lsp *l, const struct document *changed);
/* The configuration that a file belongs to; NULL: none was checked. */
const struct root *root_of(const struct lsp *l, struct str path);

/* ---- index.c: what stands in the files of a configuration ---- */

enum symbol_kind {
    SYMBOL_BLOCK,   /* route[NAME] { … }; name, block, whole */
    SYMBOL_CALL,    /* route(NAME), t_on_failure("NAME"); name, block */
    SYMBOL_DEFINE,  /* #!define NAME VALUE; name, value, whole */
    SYMBOL_USE,     /* #!ifdef NAME and the like; name */
    SYMBOL_INCLUDE, /* include_file "NAME"; name */
    SYMBOL_MODULE,  /* loadmodule "NAME.so"; name without folder and .so, whole */
};
struct span {
    size_t from, to;
};
struct symbol {
    struct symbol *next;
    enum symbol_kind kind;
    enum block_kind block;
    struct str name; /* "" for a main block */
    struct span at;  /* of the name; of the word, where there is none */
    struct span whole;
    struct str value;
    const struct unit *unit;
};
struct unit { /* a file */
    struct unit *next;
    struct str path, text;
    struct text_lines lines;
    const struct token *t; /* between ends, so that one may look back */
    size_t n;
    struct symbol *symbols;
};

/* The files of the configuration that `path` belongs to, that one first. In l->arena. */
struct unit *units_of(struct lsp *l, struct str path);
/* The token that a cursor touches; NULL: none. */
const struct token *token_at(const struct unit *u, size_t offset);
size_t token_from(const struct unit *u, const struct token *t);
/* The neighbours that are code. */
const struct token *token_next(const struct token *t);
const struct token *token_prev(const struct token *t);
struct str token_unquoted(const struct token *t, struct span *at, const struct unit *u);
/* The symbol whose name a cursor touches. */
const struct symbol *symbol_at(const struct unit *u, size_t offset);
const struct symbol *symbol_find(const struct unit *units, enum symbol_kind kind,
                                 enum block_kind block, struct str name);
/* The call that `t` is an argument of: the token of its name, and which argument; NULL: none. */
const struct token *call_around(const struct token *t, unsigned *argument);
/* Whether argument `i` of a function names a route block. */
bool names_route(const struct lsp *l, struct str function, unsigned i, enum block_kind *kind);
void learn_route_arguments(struct lsp *l); /* once; from the descriptors */
const char *block_word(enum block_kind kind);

/* ---- words.c: what descriptors say ---- */

const struct module *word_module(struct str name);
/* Prefers what is loaded; *m is NULL for the core. */
const struct func *word_function(const struct unit *units, struct str name,
                                 const struct module **m);
const struct variable *word_variable(const struct unit *units, struct str name,
                                     const struct module **m);
const struct transformation *word_transformation(struct str class, struct str name,
                                                 const struct module **m);
const struct language_word *word_find(const struct language_word *words, struct str name);
bool word_loaded(const struct unit *units, const struct module *m);
const struct event *word_event(struct str name, const struct module **m);
void tell_function(const struct func *f, const struct module *m, struct buf *out);
void tell_field(const struct field *f, const char *owner, struct buf *out);
void tell_variable(const struct variable *v, const struct module *m, struct buf *out);
void tell_transformation(const struct transformation *t, const struct module *m, struct buf *out);

/* ---- what requests ask for ---- */
json_t *hover(struct lsp *l, const json_t *params);
json_t *completion(struct lsp *l, const json_t *params);
json_t *definition(struct lsp *l, const json_t *params);
json_t *references(struct lsp *l, const json_t *params);
json_t *rename_prepare(struct lsp *l, const json_t *params);
json_t *rename_symbol(struct lsp *l, const json_t *params);
json_t *document_symbols(struct lsp *l, const json_t *params);
json_t *formatting(struct lsp *l, const json_t *params);
json_t *code_actions(struct lsp *l, const json_t *params);
