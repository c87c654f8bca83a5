/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading variables out of text: $name, $name(key), $(name(key)[index]{transformations}). */
#include "script/state.h"

struct str var_text(const struct var_ref *at)
{
    return LIST_OF(at, const struct var_use, ref)->text;
}

bool var_is_writable(const struct var_ref *at)
{
    return at->var->set && !at->transforms;
}

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '?';
}

/* Whether text holds something to evaluate, "$$" included: what has none is a constant. */
bool text_has_variables(struct str text)
{
    return str_find(text, '$') < text.n;
}

/* The length of a bracketed part, brackets included; 0 when it is not closed. */
static size_t closed(struct str s, char open, char close)
{
    int depth = 0;

    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == open)
            depth++;
        if (s.p[i] == close && --depth == 0)
            return i + 1;
    }
    return 0;
}

struct reading {
    struct load *l;
    struct str text; /* the whole reference */
    size_t base;     /* where it stands in the string */
    size_t at;       /* how far it is read */
};

static struct str left(const struct reading *r)
{
    return str_skip(r->text, r->at);
}

static void blanks(struct reading *r)
{
    while (r->at < r->text.n && (r->text.p[r->at] == ' ' || r->text.p[r->at] == '\t'))
        r->at++;
}

static err_t missing(const struct reading *r, const char *what)
{
    load_fault_at(r->l, r->base + r->at, 1, "expected %s in this variable", what);
    return ERR_SYNTAX;
}

static err_t unknown(const struct reading *r, struct str name, size_t at)
{
    size_t dollar = at == 1; /* not in $(name) */
    size_t fault = load_fault_at(r->l, r->base + at - dollar, name.n + dollar,
                                 "unknown variable $" STR_FMT, STR_ARG(name));

    name_tell_variable(r->l, fault, name);
    return ERR_NOT_FOUND;
}

/* The name: greedy, but a sentence may go on behind it with '.' or '?'. */
static err_t read_name(struct reading *r, struct var_ref *ref)
{
    struct str name = left(r);
    size_t at = r->at;

    name.n = 0;
    while (r->at + name.n < r->text.n && name_char(r->text.p[r->at + name.n]))
        name.n++;
    if (!name.n)
        return missing(r, "a name");
    for (struct str shorter = name; !ref->var; shorter.n--) {
        ref->var = name_variable(r->l, shorter);
        if (ref->var)
            name = shorter;
        while (shorter.n > 1 && shorter.p[shorter.n - 1] != '.' && shorter.p[shorter.n - 1] != '?')
            shorter.n--;
        if (shorter.n <= 1)
            break;
    }
    if (!ref->var)
        return r->l->modules_missing && !r->l->why ? ERR_NOT_FOUND : unknown(r, name, at);
    r->at += name.n;
    return r->l->early && !ref->var->early ? ERR_STATE : ERR_OK;
}

static err_t read_key(struct reading *r, struct var_ref *ref)
{
    size_t n = closed(left(r), '(', ')'), at = r->at;
    struct str key;
    err_t e;

    if (!n)
        return missing(r, "a closing ')'");
    if (!ref->var->key) {
        load_fault_at(r->l, r->base + at, n, "$%s takes no name in parentheses", ref->var->name);
        return ERR_SYNTAX;
    }
    key = str_cut(r->text, r->at + 1, r->at + n - 1);
    r->at += n;
    ref->key = arena_dup(r->l->arena, key);
    if (str_find(key, '$') + 1 >= key.n)
        return ERR_OK;
    char behind = key.p[str_find(key, '$') + 1];

    if (!name_char(behind) && behind != '(')
        return ERR_OK;
    struct load inner = *r->l;

    inner.token_offset = r->l->token_offset + r->base + at + 1;
    e = format_parse(&inner, key, &ref->key_format);
    return e;
}

static err_t read_index(struct reading *r, struct var_ref *ref)
{
    size_t n = closed(left(r), '[', ']'), used;
    struct str index;
    err_t e;

    if (!n)
        return missing(r, "a closing ']'");
    if (!ref->var->index) {
        load_fault_at(r->l, r->base + r->at, n, "$%s takes no index", ref->var->name);
        return ERR_SYNTAX;
    }
    index = str_trim(str_cut(r->text, r->at + 1, r->at + n - 1));
    if (str_eq(index, STR("*"))) {
        ref->index_kind = VAR_INDEX_ALL;
    } else if (index.n && index.p[0] == '$') {
        e = ref_parse_at(r->l, index, r->base + r->at + 1, &used, &ref->index_var);
        if (e)
            return e;
        ref->index_kind = VAR_INDEX_VAR;
    } else if (str_to_i64(index, &ref->index) == ERR_OK) {
        ref->index_kind = VAR_INDEX_FIXED;
    } else {
        load_fault_at(r->l, r->base + r->at + 1, index.n,
                      "expected a number, a variable or * as index");
        return ERR_SYNTAX;
    }
    r->at += n;
    return ERR_OK;
}

static err_t finish(struct reading *r, struct var_use *use)
{
    struct var_ref *ref = &use->ref;
    struct place at = r->l->at;
    err_t e = ERR_OK;

    use->text = arena_dup(r->l->arena, r->text);
    if (ref->var->key && !ref->var->key_optional && !ref->key.p) {
        load_fault_at(r->l, r->base, r->at, "$%s needs a name in parentheses: $%s(…)",
                      ref->var->name, ref->var->name);
        return ERR_SYNTAX;
    }
    if (!ref->var->prepare || ref->key_format)
        return ERR_OK;
    if (r->l->token) {
        r->l->at = string_place(r->l->token, r->l->token_offset + r->base);
        r->l->at.width = (uint32_t)r->text.n;
    }
    size_t faults = r->l->diag ? diagnostics_faults(r->l->diag) : 0;

    e = ref->var->prepare(r->l, ref, &ref->prepared);
    /* One that says only that it failed. */
    if (e && r->l->diag && faults == diagnostics_faults(r->l->diag))
        load_fault_at(r->l, r->base, r->text.n, "the name in $%s(…) is malformed", ref->var->name);
    r->l->at = at;
    return e;
}

static err_t read_ref(struct load *l, struct str text, size_t at, size_t *used,
                      const struct var_ref **out)
{
    struct reading r = { l, text, at, 1 };
    struct var_use *use = ARENA_NEW(l->arena, struct var_use);
    bool outer = text.n > 1 && text.p[1] == '(';
    err_t e;

    if (outer) {
        r.text.n = closed(str_skip(text, 1), '(', ')') + 1;
        if (r.text.n == 1) {
            r.text = text;
            return missing(&r, "a closing ')'");
        }
        r.at = 2;
        blanks(&r);
    }
    e = read_name(&r, &use->ref);
    if (!e && r.at < r.text.n && r.text.p[r.at] == '(')
        e = read_key(&r, &use->ref);
    /* Who goes on behind a fault does so behind the whole, not at a variable inside it. */
    *used = outer ? r.text.n : r.at;
    if (e)
        return e;
    if (!outer) {
        r.text.n = r.at;
    } else {
        blanks(&r);
        if (r.text.p[r.at] == '[')
            e = read_index(&r, &use->ref);
        blanks(&r);
        if (!e && r.text.p[r.at] == '{') {
            e = transforms_parse(l, str_cut(r.text, r.at, r.text.n - 1), at + r.at,
                                 &use->ref.transforms);
            r.at = r.text.n - 1;
        }
        if (!e && r.at + 1 != r.text.n)
            e = missing(&r, "'[', '{' or ')'");
    }
    if (e)
        return e;
    *used = r.text.n;
    *out = &use->ref;
    return finish(&r, use);
}

err_t ref_parse_at(struct load *l, struct str text, size_t at, size_t *used,
                   const struct var_ref **out)
{
    enum { NESTED_MAX = 32 };
    err_t e;

    if (l->nested == NESTED_MAX) {
        load_fault_at(l, at, 1, "variables stand in each other more than %d deep", NESTED_MAX);
        return ERR_LIMIT;
    }
    l->nested++;
    e = read_ref(l, text, at, used, out);
    l->nested--;
    return e;
}

err_t ref_parse(struct load *l, struct str text, const struct var_ref **out)
{
    size_t used = 0;
    err_t e;

    if (text.n < 2 || text.p[0] != '$') {
        load_fault_at(l, 0, text.n, "expected a variable, such as $var(x), got \"" STR_FMT "\"",
                      STR_ARG(text));
        return ERR_SYNTAX;
    }
    e = ref_parse_at(l, text, 0, &used, out);
    if (!e && used < text.n) {
        load_fault_at(l, used, text.n - used, "expected nothing behind the variable");
        return ERR_SYNTAX;
    }
    return e;
}

struct pieces {
    struct piece *at;
    size_t n, cap;
};

static struct piece *add_piece(struct arena *a, struct pieces *list, enum piece_kind kind)
{
    if (list->n == list->cap) {
        struct piece *old = list->at;

        list->cap = list->cap ? list->cap * 2 : 4;
        list->at = ARENA_ARRAY(a, struct piece, list->cap);
        if (list->n)
            memcpy(list->at, old, list->n * sizeof *old);
    }
    list->at[list->n].kind = kind;
    return &list->at[list->n++];
}

err_t format_parse(struct load *l, struct str text, const struct format **out)
{
    struct format *f = ARENA_NEW(l->arena, struct format);
    struct pieces list = { 0 };
    err_t first = ERR_OK;

    f->text = arena_dup(l->arena, text);
    for (size_t at = 0; at < f->text.n;) {
        struct str rest = str_skip(f->text, at);
        size_t n = str_find(rest, '$'), used = 1;
        const struct var_ref *var = NULL;
        err_t e;

        if (n) {
            add_piece(l->arena, &list, PIECE_TEXT)->text = str_cut(rest, 0, n);
            at += n;
            continue;
        }
        if (rest.n > 1 && rest.p[1] == '$') {
            add_piece(l->arena, &list, PIECE_TEXT)->text = str_cut(rest, 0, 1);
            at += 2;
            continue;
        }
        if (rest.n < 2 || !(name_char(rest.p[1]) || rest.p[1] == '(')) {
            diag_hint(l->diag,
                      load_fault_at(l, at, 1, "expected the name of a variable behind '$'"),
                      "write $$ for a dollar sign");
            e = ERR_SYNTAX;
        } else {
            e = ref_parse_at(l, rest, at, &used, &var);
        }
        if (e == ERR_OK)
            add_piece(l->arena, &list, PIECE_VAR)->var = var;
        else if (!first)
            first = e;
        at += used;
    }
    f->pieces = list.at;
    f->n = list.n;
    *out = f;
    return first;
}

const struct format *format_of_var(struct load *l, const struct var_ref *v)
{
    struct format *f = ARENA_NEW(l->arena, struct format);
    struct piece *p = ARENA_NEW(l->arena, struct piece);

    *p = (struct piece){ .kind = PIECE_VAR, .var = v };
    *f = (struct format){ var_text(v), 1, p };
    return f;
}

const struct format *format_of_code(struct load *l, const struct block *b, struct str text)
{
    struct format *f = ARENA_NEW(l->arena, struct format);
    struct piece *p = ARENA_NEW(l->arena, struct piece);

    *p = (struct piece){ .kind = PIECE_CODE, .code = b };
    *f = (struct format){ text, 1, p };
    return f;
}

bool format_is_fixed(const struct format *f, struct str *out)
{
    if (f->n > 1 || (f->n == 1 && f->pieces[0].kind != PIECE_TEXT))
        return false;
    *out = f->n ? f->pieces[0].text : STR("");
    return true;
}

struct str format_text(const struct format *f)
{
    return f->text;
}
