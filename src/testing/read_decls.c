/* SPDX-License-Identifier: BSD-2-Clause */
/* What a test file declares: configuration, peers, names, tables, modules and stubs. */
#include "net/dns_state.h"
#include "testing/reader.h"

static void read_config(struct reader *r)
{
    struct str file = reader_word(r);

    if (!file.n)
        reader_fault(r, r->whole, "expected the file name of a configuration");
    else if (reader_end(r))
        reader_declare(r, DECL_CONFIG)->text = file;
}

/* NAME or NAME=VALUE, as with -A. */
static void add_define(struct reader *r, struct str word)
{
    struct decl *d = reader_declare(r, DECL_DEFINE);

    d->name = str_cut(word, 0, str_find(word, '='));
    d->text = str_skip(word, d->name.n + 1);
}

static void read_define(struct reader *r)
{
    if (!reader_more(r))
        reader_fault(r, r->whole, "expected NAME or NAME=VALUE");
    while (reader_more(r))
        add_define(r, reader_word(r));
}

static void read_texts(struct reader *r, enum decl_kind kind)
{
    if (!reader_more(r))
        reader_fault(r, r->whole, "expected a name or an address");
    while (reader_more(r))
        reader_declare(r, kind)->text = reader_word(r);
}

static void read_alias(struct reader *r)
{
    read_texts(r, DECL_ALIAS);
}

static void read_domain(struct reader *r)
{
    struct str name = reader_word(r);

    if (!name.n) {
        reader_fault(r, r->whole, "expected the domain of the server's users");
        return;
    }
    reader_declare(r, DECL_DOMAIN)->text = name;
    reader_declare(r, DECL_ALIAS)->text = name;
    reader_end(r);
}

err_t address_read(struct str text, struct addr *out)
{
    size_t end = text.n && text.p[0] == '[' ? str_find(text, ']') : 0;
    size_t colon = end + str_find(str_skip(text, end), ':');
    uint32_t port = 5060;
    err_t e = ERR_OK;

    if (colon < text.n)
        e = str_to_u32(str_skip(text, colon + 1), &port);
    if (e || port > 65535)
        return ERR_SYNTAX;
    return addr_parse(str_cut(text, 0, colon), (uint16_t)port, out);
}

static bool is_address(struct str text)
{
    struct addr a;

    return address_read(text, &a) == ERR_OK;
}

static void read_server(struct reader *r)
{
    struct str address = reader_word(r);

    if (!is_address(address))
        reader_fault(r, address, "expected an address, such as 192.0.2.100:5060");
    else if (reader_end(r))
        reader_declare(r, DECL_SERVER)->text = address;
}

/* ---- peers ---- */

/* How many there are besides one of this name. */
static size_t count_others(const struct reader *r, struct str name)
{
    size_t n = 0;

    for (const struct decl *d = r->decls; d; d = d->up)
        n += d->kind == DECL_PEER && !str_eq(d->name, name) &&
             decl_find(r->decls, DECL_PEER, d->name) == d;
    return n;
}

static struct peer *declare_peer(struct reader *r, struct str name)
{
    struct decl *d;

    if (count_others(r, name) == PEERS_MAX) {
        reader_fault(r, name, "there are at most %d peers", PEERS_MAX);
        return NULL;
    }

    for (size_t i = 0; step_words[i]; i++)
        if (str_eq(name, str_of(step_words[i]))) {
            reader_fault(r, name, "a peer cannot have the name of a step");
            return NULL;
        }
    d = reader_declare(r, DECL_PEER);
    d->name = name;
    d->peer = ARENA_NEW(&r->plan->arena, struct peer);
    d->peer->name = name;
    d->peer->via_proto = "UDP";
    return d->peer;
}

static void set_address(struct reader *r, struct peer *p, struct str text)
{
    if (address_read(text, &p->addr) != ERR_OK)
        reader_fault(r, text, "expected an address, such as 192.0.2.7 or 203.0.113.9:40000");
    p->contact = text;
    p->via_host = text;
}

/* peers alice bob carol: 192.0.2.1, .2, .3 … */
static void read_peers(struct reader *r)
{
    unsigned n = 0;

    for (const struct decl *d = r->decls; d; d = d->up)
        n += d->kind == DECL_PEER && !d->text.n;
    while (reader_more(r)) {
        struct peer *p = declare_peer(r, reader_word(r));

        if (p)
            set_address(r, p, arena_fmt(&r->plan->arena, "192.0.2.%u", ++n));
    }
}

/* peer phone 203.0.113.9:40000 tcp behind 10.0.0.5 */
static void read_peer(struct reader *r)
{
    struct str name = reader_word(r), address = reader_word(r);
    struct peer *p = name.n ? declare_peer(r, name) : NULL;

    if (!name.n)
        reader_fault(r, r->whole, "expected the name of a peer");
    if (!p)
        return;
    ((struct decl *)(uintptr_t)r->decls)->text = address;
    set_address(r, p, address);
    while (reader_more(r)) {
        static const char *const words[] = { "udp", "tcp", "behind", NULL };
        struct str w = reader_word(r);

        if (str_eq(w, STR("udp"))) {
            p->via_proto = "UDP";
        } else if (str_eq(w, STR("tcp"))) {
            p->via_proto = "TCP";
        } else if (str_eq(w, STR("behind"))) {
            p->contact = p->via_host = reader_word(r);
            if (!is_address(p->contact))
                reader_fault(r, p->contact, "expected the address behind the NAT");
        } else {
            reader_unknown(r, w, "udp, tcp or behind", words, sizeof *words);
        }
    }
}

static void read_name(struct reader *r)
{
    struct name *record = ARENA_NEW(&r->plan->arena, struct name);
    struct str rest = str_trim(r->line), type = reader_word(r);
    err_t e = name_read(rest, record);
    struct addr a;

    if (e == ERR_NOT_FOUND)
        reader_unknown(r, type, "a type of record", name_types, sizeof *name_types);
    else if (e || ((record->type == DNS_A || record->type == DNS_AAAA) &&
                   addr_parse(record->value, 0, &a)))
        reader_fault(r, rest, "expected a record, such as A gw.example.org 192.0.2.7");
    else
        reader_declare(r, DECL_NAME)->record = record;
}

/* ---- database ---- */

static void read_database(struct reader *r)
{
    struct str define = reader_word(r);

    if (!define.n)
        reader_fault(r, r->whole, "expected the define that the configuration has for its URL");
    else if (reader_end(r))
        reader_declare(r, DECL_DATABASE)->name = define;
}

static size_t read_row(struct reader *r, struct str *cells, size_t max)
{
    size_t n = 0;

    while (reader_more(r) && n < max)
        cells[n++] = reader_word(r);
    reader_end(r);
    return n;
}

/* table subscriber (username, domain, password) { rows } */
static void read_table(struct reader *r)
{
    enum { COLUMNS_MAX = 60, ROWS_MAX = 1000 };
    struct arena *a = &r->plan->arena;
    struct test_table *t = ARENA_NEW(a, struct test_table);
    struct str *columns = ARENA_ARRAY(a, struct str, COLUMNS_MAX), list, *cells;
    bool block = r->opens;

    t->name = reader_word(r);
    list = reader_rest(r);
    if (!t->name.n || list.n < 2 || list.p[0] != '(' || list.p[list.n - 1] != ')') {
        reader_fault(r, r->whole, "expected table NAME (COLUMN, COLUMN …)");
        return;
    }
    list = str_cut(list, 1, list.n - 1);
    while (list.n && t->n_columns < COLUMNS_MAX)
        columns[t->n_columns++] = str_trim(str_split(&list, ','));
    t->columns = columns;
    reader_declare(r, DECL_TABLE)->table = t;
    if (!block)
        return;
    cells = ARENA_ARRAY(a, struct str, ROWS_MAX);
    t->cells = cells;
    while (reader_line(r)) {
        struct str whole = r->whole;

        if ((t->n_rows + 1) * t->n_columns > ROWS_MAX)
            reader_fault(r, whole, "a table of a test has at most %d cells", ROWS_MAX);
        else if (read_row(r, cells + t->n_rows * t->n_columns, t->n_columns) != t->n_columns)
            reader_fault(r, whole, "expected %zu values, as the table has columns", t->n_columns);
        else
            t->n_rows++;
    }
}

/* ---- modules and stubs ---- */

/* module presence { param db_url … function handle_publish … } */
static void read_module(struct reader *r)
{
    static const char *const words[] = { "param", "function", NULL };
    struct stub_module *m = ARENA_NEW(&r->plan->arena, struct stub_module);
    bool block = r->opens;

    m->name = reader_word(r);
    if (!m->name.n) {
        reader_fault(r, r->whole, "expected the name of a module");
        return;
    }
    reader_end(r);
    reader_declare(r, DECL_MODULE)->module = m;
    while (block && reader_line(r)) {
        struct str w = reader_word(r);
        bool param = str_eq(w, STR("param"));

        if (!param && !str_eq(w, STR("function")))
            reader_unknown(r, w, "param or function", words, sizeof *words);
        while (reader_more(r)) {
            struct str *list = param ? m->params : m->functions;
            size_t *n = param ? &m->n_params : &m->n_functions;
            struct str name = reader_word(r);

            if (*n == sizeof m->params / sizeof *m->params)
                reader_fault(r, name, "a module of a test has at most 40 of them");
            else
                list[(*n)++] = name;
        }
    }
}

/* (text, "text") behind the name of a function. */
static void read_arguments(struct reader *r, struct stub *s)
{
    struct str inner = str_trim(r->line);
    size_t close;

    if (!inner.n || inner.p[0] != '(')
        return;
    close = str_find(inner, ')');
    if (close == inner.n) {
        reader_fault(r, inner, "expected ')' behind the arguments");
        return;
    }
    r->line = str_skip(inner, close + 1);
    inner = str_trim(str_cut(inner, 1, close));
    s->any_args = false;
    while (inner.n && s->n_args < sizeof s->args / sizeof *s->args) {
        struct str one = str_trim(str_split(&inner, ','));

        if (one.n > 1 && (one.p[0] == '"' || one.p[0] == '\'') && one.p[one.n - 1] == one.p[0])
            one = str_cut(one, 1, one.n - 1);
        s->args[s->n_args++] = one;
    }
}

static void read_returns(struct reader *r, struct stub *s)
{
    for (bool more = true; more;) {
        struct str w = reader_word(r);
        int64_t n;

        more = w.n && w.p[w.n - 1] == ',';
        if (str_to_i64(more ? str_cut(w, 0, w.n - 1) : w, &n) != ERR_OK || n > INT32_MAX ||
            n < INT32_MIN || s->n_returns == sizeof s->returns / sizeof *s->returns) {
            reader_fault(r, w, "expected return codes, such as 1 or -1, -1, 1");
            return;
        }
        s->returns[s->n_returns++] = (int)n;
    }
}

/* The name, and the arguments that may touch it. */
static struct str function_name(struct reader *r)
{
    struct str rest = str_trim(r->line);
    size_t n = 0;

    while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != '(')
        n++;
    r->line = str_skip(rest, n);
    return str_cut(rest, 0, n);
}

/* stub lookup("location") returns -1, 1 sets $du = "sip:192.0.2.7" */
static void read_stub(struct reader *r)
{
    static const char *const words[] = { "returns", "sets", NULL };
    struct stub *s = ARENA_NEW(&r->plan->arena, struct stub);
    bool block = r->opens;

    s->at = reader_place(r, r->whole);
    s->any_args = true;
    s->function = function_name(r);
    if (!s->function.n)
        reader_fault(r, r->whole, "expected the name of a function");
    read_arguments(r, s);
    while (reader_more(r)) {
        struct str w = reader_word(r);

        if (str_eq(w, STR("returns"))) {
            read_returns(r, s);
        } else if (str_eq(w, STR("sets"))) {
            struct str rest = reader_rest(r);

            s->body = reader_fragment(r, arena_fmt(&r->plan->arena, STR_FMT ";", STR_ARG(rest)),
                                      rest, true);
        } else {
            reader_unknown(r, w, "returns, sets or '{'", words, sizeof *words);
        }
    }
    reader_declare(r, DECL_STUB)->stub = s;
    if (block) {
        struct place at = s->at;

        s->body = reader_fragment(r, reader_block(r, "\n", true), r->whole, true);
        at.line++;
        at.col = 1;
        s->body->at = at;
    }
}

static const struct {
    const char *name;
    void (*read)(struct reader *r);
} table[] = { { "config", read_config }, { "define", read_define }, { "alias", read_alias },
              { "domain", read_domain }, { "server", read_server }, { "peers", read_peers },
              { "peer", read_peer },     { "name", read_name },     { "database", read_database },
              { "table", read_table },   { "module", read_module }, { "stub", read_stub } };
const char *const declaration_words[] = { "config", "define", "alias", "domain",   "server",
                                          "peers",  "peer",   "name",  "database", "table",
                                          "module", "stub",   NULL };

bool read_declaration(struct reader *r, struct str word)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (!str_eq(word, str_of(table[i].name)))
            continue;
        table[i].read(r);
        return true;
    }
    return false;
}
