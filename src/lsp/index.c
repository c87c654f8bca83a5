/* SPDX-License-Identifier: BSD-2-Clause */
/* What stands in the files of a configuration: route blocks, what names them, defines, includes,
 * modules. Read from the tokens as written, so it holds while a text is being typed. */
#include "lsp/lsp_state.h"
#include "module/registry.h"
#include "script/state.h"
#include <ctype.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { UNIT_FILE_MAX = 16 << 20, SENTINELS = 3, ARGUMENT_TOKENS_MAX = 200 };

/* ---- tokens ---- */

static bool is_code(const struct token *t)
{
    return t->kind != TOK_COMMENT && t->kind != TOK_DIRECTIVE && t->kind != TOK_VERBATIM;
}

const struct token *token_next(const struct token *t)
{
    if (t->kind != TOK_END)
        t++;
    while (!is_code(t))
        t++;
    return t;
}

const struct token *token_prev(const struct token *t)
{
    t--;
    while (!is_code(t))
        t--;
    return t; /* an end stands before the first */
}

size_t token_from(const struct unit *u, const struct token *t)
{
    return (size_t)(t->text.p - u->text.p);
}

const struct token *token_at(const struct unit *u, size_t offset)
{
    size_t low = 0, high = u->n;
    const struct token *before;

    while (low < high) { /* the first that begins behind the cursor */
        size_t middle = (low + high) / 2;

        if (token_from(u, &u->t[middle]) <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return NULL;
    before = &u->t[low - 1];
    if (before->kind == TOK_END && low > 1)
        before--;
    /* At the end of a word and the beginning of a bracket, the word is meant. */
    if (low > 1 && token_from(u, before) == offset && before->kind != TOK_IDENT &&
        before->kind != TOK_VAR && before->kind != TOK_STRING &&
        token_from(u, &before[-1]) + before[-1].text.n == offset)
        before--;
    return before->kind != TOK_END && token_from(u, before) + before->text.n >= offset ? before
                                                                                       : NULL;
}

struct str token_unquoted(const struct token *t, struct span *at, const struct unit *u)
{
    struct str s = t->text;

    if (t->kind == TOK_STRING) {
        char quote = s.p[0];

        s = str_skip(s, 1);
        if (s.n && s.p[s.n - 1] == quote)
            s.n--;
    }
    if (at)
        *at = (struct span){ (size_t)(s.p - u->text.p), (size_t)(s.p - u->text.p) + s.n };
    return s;
}

const struct token *call_around(const struct token *t, unsigned *argument)
{
    int depth = 0;

    *argument = 0;
    for (int i = 0; i < ARGUMENT_TOKENS_MAX; i++) {
        t = token_prev(t);
        if (t->kind == TOK_END || t->kind == TOK_SEMI || t->kind == TOK_LBRACE ||
            t->kind == TOK_RBRACE)
            return NULL;
        depth += (t->kind == TOK_RPAREN) - (t->kind == TOK_LPAREN);
        *argument += t->kind == TOK_COMMA && depth == 0;
        if (depth < 0)
            return token_prev(t)->kind == TOK_IDENT ? token_prev(t) : NULL;
    }
    return NULL;
}

/* ---- what names routes ---- */

static const struct {
    const char *word;
    enum block_kind kind;
} block_words[] = {
    { "route", BLOCK_ROUTE },           { "request_route", BLOCK_ROUTE },
    { "failure_route", BLOCK_FAILURE }, { "onreply_route", BLOCK_REPLY },
    { "reply_route", BLOCK_REPLY },     { "branch_route", BLOCK_BRANCH },
    { "onsend_route", BLOCK_SEND },     { "event_route", BLOCK_EVENT },
};

const char *block_word(enum block_kind kind)
{
    static const char *const words[] = { "route",        "failure_route", "onreply_route",
                                         "branch_route", "onsend_route",  "event_route" };

    return words[kind];
}

static bool block_begins(const struct token *t, enum block_kind *kind)
{
    enum tok next = token_next(t)->kind;

    for (size_t i = 0; i < sizeof block_words / sizeof *block_words; i++)
        if (t->kind == TOK_IDENT && str_eq(t->text, str_of(block_words[i].word)) &&
            (next == TOK_LBRACE || next == TOK_LBRACK)) {
            *kind = block_words[i].kind;
            return true;
        }
    return false;
}

static bool holds(struct str text, const char *part)
{
    struct str want = str_of(part);

    for (; text.n >= want.n; text = str_skip(text, 1))
        if (str_starts(text, want))
            return true;
    return false;
}

static const struct {
    const char *function;
    enum block_kind kind;
} known[] = { { "route", BLOCK_ROUTE },
              { "t_on_failure", BLOCK_FAILURE },
              { "t_on_reply", BLOCK_REPLY },
              { "t_on_branch", BLOCK_BRANCH },
              { "t_on_branch_failure", BLOCK_EVENT } };

static void learn(struct lsp *l, const char *function, unsigned i, enum block_kind kind)
{
    struct route_argument *a = mem_zalloc(MEM_CONTROL, sizeof *a);

    *a = (struct route_argument){ l->route_arguments, str_of(function), i, kind };
    l->route_arguments = a;
}

static void learn_functions(struct lsp *l, const struct func *f)
{
    for (; f && f->name; f++) {
        unsigned i = 0;

        for (const struct field *a = f->args; a && a->name; a++, i++)
            if (a->type == FIELD_ROUTE)
                learn(l, f->name, i, block_kind_of((enum route)a->route_kind));
            else if (holds(str_of(a->name), "route"))
                learn(l, f->name, i, BLOCK_ROUTE);
    }
}

void learn_route_arguments(struct lsp *l)
{
    const struct module *m;

    learn_functions(l, core_funcs);
    for (size_t i = 0; (m = registry_at(i)) != NULL; i++)
        learn_functions(l, m->funcs);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        learn(l, known[i].function, 0, known[i].kind);
}

bool names_route(const struct lsp *l, struct str function, unsigned i, enum block_kind *kind)
{
    for (const struct route_argument *a = l->route_arguments; a; a = a->next)
        if (a->i == i && str_eq(a->function, function)) {
            *kind = a->kind;
            return true;
        }
    return false;
}

/* ---- reading a file ---- */

struct reading {
    struct lsp *l;
    struct unit *u;
    struct symbol **tail;
};

static struct symbol *add(struct reading *r, enum symbol_kind kind, struct str name, struct span at)
{
    struct symbol *s = ARENA_NEW(&r->l->arena, struct symbol);

    s->kind = kind;
    s->name = name;
    s->at = s->whole = at;
    s->unit = r->u;
    *r->tail = s;
    r->tail = &s->next;
    return s;
}

static struct span span_of(const struct unit *u, const struct token *t)
{
    return (struct span){ token_from(u, t), token_from(u, t) + t->text.n };
}

/* Tokens up to a closing one as one name; its closing token in *end, NULL when there is none. */
static struct str name_up_to(struct reading *r, const struct token *t, enum tok close,
                             struct span *at, const struct token **end)
{
    struct buf b;
    struct str name;
    bool first = true;

    buf_init(&b, MEM_CONTROL);
    *end = NULL;
    *at = span_of(r->u, t);
    for (int i = 0; i < 16 && t->kind != TOK_END && t->kind != TOK_LBRACE; i++) {
        struct span part;
        struct str text;

        if (t->kind == close) {
            *end = t;
            break;
        }
        text = token_unquoted(t, &part, r->u);
        if (first)
            at->from = part.from;
        at->to = part.to;
        first = false;
        buf_add(&b, t->kind == TOK_VAR || t->kind == TOK_COMMA ? STR("$") : text);
        t = token_next(t);
    }
    name = arena_dup(&r->l->arena, buf_str(&b));
    buf_free(&b);
    return name;
}

/* Where the block ends that opens at `t`: behind its brace, or before the next block. */
static size_t block_end(const struct unit *u, const struct token *t)
{
    enum block_kind other;
    int depth = 0;

    for (; t->kind != TOK_END; t = token_next(t)) {
        depth += (t->kind == TOK_LBRACE) - (t->kind == TOK_RBRACE);
        if (depth == 0)
            return span_of(u, t).to;
        if (block_begins(t, &other))
            return span_of(u, token_prev(t)).to;
    }
    return u->text.n;
}

static void read_block(struct reading *r, const struct token *t, enum block_kind kind)
{
    const struct token *open = token_next(t), *close;
    struct span at = span_of(r->u, t);
    struct str name = STR("");
    struct symbol *s;

    if (open->kind == TOK_LBRACK) {
        name = name_up_to(r, token_next(open), TOK_RBRACK, &at, &close);
        if (!close)
            return;
        open = token_next(close);
    }
    s = add(r, SYMBOL_BLOCK, name, at);
    s->block = kind;
    s->whole.from = token_from(r->u, t);
    if (open->kind == TOK_LBRACE)
        s->whole.to = block_end(r->u, open);
}

/* t_on_branch_failure("X") names event_route[tm:branch-failure:X]. */
static struct str full_name(struct reading *r, enum block_kind kind, struct str name)
{
    if (kind != BLOCK_EVENT || str_find(name, ':') < name.n)
        return name;
    return arena_fmt(&r->l->arena, "tm:branch-failure:" STR_FMT, STR_ARG(name));
}

/* Arguments of a call that name routes. */
static void read_call(struct reading *r, const struct token *name)
{
    const struct token *t = token_next(token_next(name)), *end;
    enum block_kind kind;
    struct span at;

    if (str_eq(name->text, STR("route"))) {
        struct str text = name_up_to(r, t, TOK_RPAREN, &at, &end);

        if (end && text.n && str_find(text, '$') == text.n)
            add(r, SYMBOL_CALL, text, at)->block = BLOCK_ROUTE;
        return;
    }
    for (unsigned i = 0, n = 0; n < ARGUMENT_TOKENS_MAX && t->kind == TOK_STRING; n++) {
        struct str text = token_unquoted(t, &at, r->u);

        if (names_route(r->l, name->text, i, &kind) && str_find(text, '$') == text.n)
            add(r, SYMBOL_CALL, full_name(r, kind, text), at)->block = kind;
        if (token_next(t)->kind != TOK_COMMA)
            return;
        t = token_next(token_next(t));
        i++;
    }
}

static void read_name(struct reading *r, const struct token *t)
{
    const struct token *next = token_next(t);
    const struct token *value = next->kind == TOK_LPAREN ? token_next(next) : next;
    enum block_kind kind;
    struct span at;
    struct str text;

    if (block_begins(t, &kind)) {
        read_block(r, t, kind);
    } else if (value->kind == TOK_STRING && str_starts(t->text, STR("loadmodule"))) {
        text = token_unquoted(value, &at, r->u);
        for (size_t i = text.n; i-- > 0;)
            if (text.p[i] == '/') {
                text = str_skip(text, i + 1);
                break;
            }
        if (str_ends(text, STR(".so")))
            text.n -= 3;
        add(r, SYMBOL_MODULE, text, at)->whole = (struct span){ token_from(r->u, t), at.to + 1 };
    } else if (next->kind == TOK_STRING &&
               (str_eq(t->text, STR("include_file")) || str_eq(t->text, STR("import_file")))) {
        text = token_unquoted(next, &at, r->u);
        add(r, SYMBOL_INCLUDE, text, at);
    } else if (next->kind == TOK_LPAREN) {
        read_call(r, t);
    }
}

static struct str take_name(struct str *rest)
{
    struct str word;
    size_t n = 0;

    while (rest->n && (rest->p[0] == ' ' || rest->p[0] == '\t'))
        *rest = str_skip(*rest, 1);
    while (n < rest->n && (isalnum((unsigned char)rest->p[n]) || rest->p[n] == '_'))
        n++;
    word = str_cut(*rest, 0, n);
    *rest = str_skip(*rest, n);
    return word;
}

static struct span span_of_text(const struct unit *u, struct str s)
{
    return (struct span){ (size_t)(s.p - u->text.p), (size_t)(s.p - u->text.p) + s.n };
}

static void read_directive(struct reading *r, const struct token *t)
{
    struct str rest = str_skip(t->text, 2), word = take_name(&rest), name;
    struct symbol *s;

    if (str_eq(word, STR("include_file")) || str_eq(word, STR("import_file"))) {
        rest = str_trim(rest);
        if (rest.n > 1 && (rest.p[0] == '"' || rest.p[0] == '\'')) {
            name = str_skip(rest, 1);
            name.n = str_find(name, rest.p[0]);
            add(r, SYMBOL_INCLUDE, name, span_of_text(r->u, name));
        }
        return;
    }
    if (str_starts(word, STR("subst"))) { /* "/NAME/TEXT/" */
        rest = str_trim(rest);
        if (rest.n < 3 || str_eq(word, STR("subst")))
            return;
        name = str_skip(rest, 2);
        name.n = str_find(name, rest.p[1]);
    } else {
        name = take_name(&rest);
    }
    if (!name.n)
        return;
    if (str_eq(word, STR("ifdef")) || str_eq(word, STR("ifndef")) || holds(word, "undef")) {
        add(r, SYMBOL_USE, name, span_of_text(r->u, name));
    } else if (holds(word, "def") && !str_eq(word, STR("endif"))) {
        s = add(r, SYMBOL_DEFINE, name, span_of_text(r->u, name));
        s->value = str_trim(rest);
        s->whole = span_of(r->u, t);
    }
}

static struct unit *read_unit(struct lsp *l, struct str path, struct str text)
{
    struct diagnostics *d = diagnostics_new();
    struct unit *u = ARENA_NEW(&l->arena, struct unit);
    struct reading r = { l, u, &u->symbols };
    struct tokens tokens;
    struct token *t;

    u->path = path;
    u->text = text.p ? text : STR("");
    u->lines = text_lines(&l->arena, u->text);
    tokens = lexer_raw(lexer_new(&l->arena, d), path, u->text);
    t = ARENA_ARRAY(&l->arena, struct token, tokens.n + SENTINELS);
    memcpy(t + SENTINELS, tokens.at, tokens.n * sizeof *t);
    for (size_t i = 0; i < tokens.n + SENTINELS; i++)
        if (!t[i].text.p || t[i].kind == TOK_END)
            t[i].text = str_skip(u->text, u->text.n);
    u->t = t + SENTINELS;
    u->n = tokens.n;
    diagnostics_free(d);
    for (const struct token *at = u->t; at->kind != TOK_END; at++)
        if (at->kind == TOK_IDENT)
            read_name(&r, at);
        else if (at->kind == TOK_DIRECTIVE)
            read_directive(&r, at);
    return u;
}

static struct str read_disk(struct lsp *l, struct str path)
{
    int fd = open(arena_dup(&l->arena, path).p, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;
    char *text;
    ssize_t n = 0, got = 0;

    if (fd < 0)
        return STR("");
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > UNIT_FILE_MAX) {
        close(fd);
        return STR("");
    }
    text = arena_alloc(&l->arena, (size_t)st.st_size + 1);
    while (got < st.st_size && (n = read(fd, text + got, (size_t)(st.st_size - got))) > 0)
        got += n;
    close(fd);
    return (struct str){ text, (size_t)got };
}

struct unit *units_of(struct lsp *l, struct str path)
{
    const struct root *root = root_of(l, path);
    const struct document *d = document_at(l, path);
    struct unit *first = read_unit(l, path, d ? buf_str(&d->text) : read_disk(l, path));
    struct unit **tail = &first->next;

    for (const struct root_file *f = root ? root->files : NULL; f; f = f->next) {
        if (str_eq(f->path, path))
            continue;
        d = document_at(l, f->path);
        *tail = read_unit(l, f->path, d ? buf_str(&d->text) : read_disk(l, f->path));
        tail = &(*tail)->next;
    }
    return first;
}

const struct symbol *symbol_at(const struct unit *u, size_t offset)
{
    for (const struct symbol *s = u->symbols; s; s = s->next)
        if (offset >= s->at.from && offset <= s->at.to)
            return s;
    return NULL;
}

const struct symbol *symbol_find(const struct unit *units, enum symbol_kind kind,
                                 enum block_kind block, struct str name)
{
    for (const struct unit *u = units; u; u = u->next)
        for (const struct symbol *s = u->symbols; s; s = s->next)
            if (s->kind == kind && str_eq(s->name, name) &&
                (s->block == block || (kind != SYMBOL_BLOCK && kind != SYMBOL_CALL)))
                return s;
    return NULL;
}
