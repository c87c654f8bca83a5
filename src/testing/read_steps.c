/* SPDX-License-Identifier: BSD-2-Clause */
/* The steps of a test. */
#include "base/log.h"
#include "testing/reader.h"

const char *const step_words[] = { "after", "check",   "logs", "runs",    "calls", "query",
                                   "do",    "returns", "stat", "nothing", "set",   NULL };
enum { PATIENCE_MS = 400 }; /* shorter than any retransmission takes */

static struct step *add_step(struct reader *r, enum step_kind kind)
{
    struct step *s;

    if (r->test->n_steps == STEPS_MAX_TEST) {
        reader_fault(r, r->whole, "a test has at most %d steps", STEPS_MAX_TEST);
        r->stopped = true;
    }
    s = ARENA_NEW(&r->plan->arena, struct step);
    s->kind = kind;
    s->at = reader_place(r, r->whole);
    s->text = arena_dup(&r->plan->arena, r->whole);
    *r->last = s;
    r->last = &s->next;
    r->test->n_steps++;
    return s;
}

static struct fragment *add_fragment(struct reader *r, struct str text)
{
    if (!str_trim(text).n) {
        reader_fault(r, text, "expected an expression");
        return NULL;
    }
    return reader_fragment(r, text, text, false);
}

static bool is_status(struct str w)
{
    return w.n == 3 && w.p[0] >= '1' && w.p[0] <= '6' && w.p[1] >= '0' && w.p[1] <= '9' &&
           w.p[2] >= '0' && w.p[2] <= '9';
}

static bool is_method(struct str w)
{
    for (size_t i = 0; i < w.n; i++)
        if (w.p[i] < 'A' || w.p[i] > 'Z')
            return false;
    return w.n > 1;
}

static bool is_uri(struct str w)
{
    return str_find(w, ':') < w.n || str_starts(w, STR("${"));
}

/* ---- what is sent ---- */

static bool add_with(struct reader *r, struct wish *w, struct str line)
{
    if (w->n_with == WITH_MAX || str_find(line, ':') == line.n) {
        reader_fault(r, line, w->n_with == WITH_MAX ? "too many headers" : "expected Name: value");
        return false;
    }
    w->with[w->n_with++] = line;
    return true;
}

static void add_without(struct reader *r, struct wish *w, struct str name)
{
    if (!name.n || w->n_without == WITH_MAX)
        reader_fault(r, r->whole, "expected the name of a header");
    else
        w->without[w->n_without++] = name;
}

/* auth secret, auth alice:secret */
static void read_auth(struct reader *r, struct wish *w)
{
    struct str text = reader_word(r);
    size_t colon = str_find(text, ':');

    w->password = colon < text.n ? str_skip(text, colon + 1) : text;
    w->user = colon < text.n ? str_cut(text, 0, colon) : STR("");
    if (!w->password.p)
        reader_fault(r, r->whole, "expected a password");
}

/* "  Name: value", "no Name", "body {" */
static void read_send_block(struct reader *r, struct wish *w)
{
    while (reader_line(r)) {
        struct str whole = r->whole, word = reader_word(r);

        if (str_eq(word, STR("no"))) {
            add_without(r, w, reader_word(r));
            reader_end(r);
        } else if (str_eq(word, STR("body")) && r->opens) {
            w->body = reader_block(r, "\r\n", false);
        } else {
            r->line = STR("");
            add_with(r, w, whole);
        }
    }
}

static void read_send_words(struct reader *r, struct step *s)
{
    static const char *const words[] = {
        "again", "with", "without", "auth", "sdp", "at", "in", NULL
    };
    struct wish *w = &s->wish;

    while (reader_more(r)) {
        bool quoted = str_trim(r->line).p[0] == '"';
        struct str word = reader_word(r);

        if (quoted && is_status(w->what))
            w->reason = word;
        else if (str_eq(word, STR("again")))
            w->repeat = true;
        else if (str_eq(word, STR("with")))
            add_with(r, w, reader_word(r));
        else if (str_eq(word, STR("without")))
            add_without(r, w, reader_word(r));
        else if (str_eq(word, STR("auth")))
            read_auth(r, w);
        else if (str_eq(word, STR("sdp")))
            w->sdp = true;
        else if (str_eq(word, STR("at")))
            s->to = reader_word(r);
        else if (str_eq(word, STR("in")))
            w->in_dialog = str_eq(reader_word(r), STR("dialog"));
        else if (str_starts(word, STR("call=")))
            w->call = str_skip(word, 5);
        else if (is_uri(word) && !is_status(w->what))
            w->uri = word;
        else if (is_method(word) && is_status(w->what))
            w->of = word;
        else
            reader_unknown(r, word, "again, with, without, auth, sdp, call=, at or a URI", words,
                           sizeof *words);
    }
}

/* Requests without a URI belong to the dialog that there is. */
static void finish_send(struct step *s)
{
    static const char *const alone[] = { "REGISTER", "CANCEL" };
    struct wish *w = &s->wish;

    if (w->repeat || is_status(w->what) || w->uri.n)
        return;
    w->in_dialog = true;
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
        w->in_dialog &= !str_eq(w->what, str_of(alone[i]));
}

/* route[NAME] in front of the method: this block runs in place of the main one. */
static struct str route_name(struct str word)
{
    if (!str_starts(word, STR("route[")) || word.p[word.n - 1] != ']')
        return STR_NONE;
    return str_cut(word, 6, word.n - 1);
}

static void read_send(struct reader *r, struct str peer)
{
    struct step *s = add_step(r, STEP_SEND);
    bool block = r->opens;
    struct str word = reader_word(r);

    s->peer = peer;
    s->route = route_name(word);
    if (s->route.n)
        word = reader_word(r);
    if (str_eq(word, STR("raw"))) {
        if (reader_end(r) && reader_needs_block(r))
            s->raw = reader_block(r, "\r\n", false);
        return;
    }
    s->wish.repeat = str_eq(word, STR("again"));
    s->wish.what = s->wish.repeat ? STR("") : word;
    if (!s->wish.repeat && !is_status(word) && !is_method(word) && str_find(word, '$') == word.n) {
        reader_fault(r, word, "expected a method, a status, again or raw");
        return;
    }
    read_send_words(r, s);
    finish_send(s);
    if (block)
        read_send_block(r, &s->wish);
}

/* ---- what is expected ---- */

static struct demand *add_demand(struct reader *r, struct step *s, enum demand_kind kind,
                                 struct str where)
{
    struct demand *d = ARENA_NEW(&r->plan->arena, struct demand), **last = &s->demands;

    d->kind = kind;
    d->at = reader_place(r, where);
    while (*last)
        last = &(*last)->next;
    *last = d;
    return d;
}

/* keep NAME = EXPRESSION */
static void read_keep(struct reader *r, struct step *s, struct str whole)
{
    struct demand *d = add_demand(r, s, DEMAND_KEEP, whole);

    d->name = reader_word(r);
    if (!d->name.n || !str_eq(reader_word(r), STR("="))) {
        reader_fault(r, whole, "expected keep NAME = EXPRESSION");
        return;
    }
    d->fragment = add_fragment(r, reader_rest(r));
    if (d->fragment)
        d->fragment->value = true;
}

/* Name: value */
static bool is_header(struct str whole)
{
    size_t n = 0;

    while (n < whole.n && ((whole.p[n] >= 'a' && whole.p[n] <= 'z') ||
                           (whole.p[n] >= 'A' && whole.p[n] <= 'Z') || whole.p[n] == '-'))
        n++;
    return n > 0 && n + 1 <= whole.n && whole.p[n] == ':' &&
           (n + 1 == whole.n || whole.p[n + 1] == ' ');
}

static void read_expect_block(struct reader *r, struct step *s)
{
    while (reader_line(r)) {
        struct str whole = r->whole, word = reader_word(r);

        if (str_eq(word, STR("no"))) {
            add_demand(r, s, DEMAND_ABSENT, whole)->name = reader_word(r);
            reader_end(r);
        } else if (str_eq(word, STR("has")) || str_eq(word, STR("lacks"))) {
            add_demand(r, s, word.p[0] == 'h' ? DEMAND_HAS : DEMAND_LACKS, whole)->text =
                reader_word(r);
            reader_end(r);
        } else if (str_eq(word, STR("keep"))) {
            read_keep(r, s, whole);
        } else if (is_header(whole)) {
            struct demand *d = add_demand(r, s, DEMAND_EQUALS, whole);
            struct str value = whole;

            d->name = str_split(&value, ':');
            d->text = str_trim(value);
        } else {
            add_demand(r, s, DEMAND_TRUE, whole)->fragment = add_fragment(r, whole);
        }
        r->line = STR("");
    }
}

static void read_expect_words(struct reader *r, struct step *s)
{
    static const char *const words[] = { "again", "has", "lacks", "within", NULL };

    while (reader_more(r)) {
        bool quoted = str_trim(r->line).p[0] == '"';
        struct str word = reader_word(r);

        if (quoted)
            s->wish.reason = word;
        else if (str_eq(word, STR("again")))
            s->again = true;
        else if (str_eq(word, STR("has")) || str_eq(word, STR("lacks")))
            add_demand(r, s, word.p[0] == 'h' ? DEMAND_HAS : DEMAND_LACKS, r->whole)->text =
                reader_word(r);
        else if (str_eq(word, STR("within")))
            reader_time(r, &s->ms);
        else if (is_uri(word) && !is_status(s->wish.what))
            s->wish.uri = word;
        else if (is_method(word) && is_status(s->wish.what))
            s->wish.of = word;
        else
            reader_unknown(r, word, "again, has, lacks, within or a URI", words, sizeof *words);
    }
}

static void read_expect(struct reader *r, struct str peer)
{
    bool block = r->opens;
    struct step *s = add_step(r, STEP_EXPECT);
    struct str word = reader_word(r);

    s->peer = peer;
    s->ms = PATIENCE_MS;
    if (str_eq(word, STR("nothing"))) {
        s->kind = STEP_NOTHING;
        reader_end(r);
        return;
    }
    s->wish.what = word;
    if (!is_status(word) && !is_method(word)) {
        reader_fault(r, word, "expected a method, a status or nothing");
        return;
    }
    read_expect_words(r, s);
    if (block)
        read_expect_block(r, s);
}

/* ---- the others ---- */

static bool read_no(struct reader *r)
{
    struct str before = r->line;

    if (str_eq(reader_word(r), STR("no")))
        return true;
    r->line = before;
    return false;
}

/* request_route, route[RELAY], failure_route[X] */
static bool is_route(struct str w)
{
    static const char *const kinds[] = { "route",        "request_route", "failure_route",
                                         "reply_route",  "onreply_route", "branch_route",
                                         "onsend_route", "event_route",   NULL };
    struct str kind = str_cut(w, 0, str_find(w, '['));

    for (size_t i = 0; kinds[i]; i++)
        if (str_eq(kind, str_of(kinds[i])))
            return kind.n == w.n || (w.n > kind.n + 2 && w.p[w.n - 1] == ']');
    return false;
}

static void read_check(struct reader *r)
{
    struct step *s = add_step(r, STEP_CHECK);
    struct str before = r->line;

    if (str_eq(reader_word(r), STR("at"))) {
        s->route = reader_word(r);
        if (!is_route(s->route))
            reader_fault(r, s->route, "expected a route, such as route[RELAY]");
    } else {
        r->line = before;
    }
    s->fragment = add_fragment(r, reader_rest(r));
}

static void read_logs(struct reader *r)
{
    static const char *const names[] = { "ALERT",  "BUG",  "CRIT", "ERR", "WARN",
                                         "NOTICE", "INFO", "DBG",  NULL };
    static const int levels[] = { LOG_ALERT, LOG_BUG,    LOG_CRITICAL, LOG_ERROR,
                                  LOG_WARN,  LOG_NOTICE, LOG_INFO,     LOG_DEBUG };
    struct step *s = add_step(r, STEP_LOGS);

    s->negate = read_no(r);
    s->level = LOG_NONE_OWN;
    if (str_trim(r->line).n && str_trim(r->line).p[0] != '"') {
        struct str w = reader_word(r);

        for (size_t i = 0; names[i]; i++)
            if (str_eq(w, str_of(names[i])))
                s->level = levels[i];
        if (s->level == LOG_NONE_OWN)
            reader_unknown(r, w, "a log level or a text in quotes", names, sizeof *names);
    }
    s->value = reader_word(r);
    if (!s->value.n)
        reader_fault(r, r->whole, "expected the text that the log shows, in quotes");
    reader_end(r);
}

static void read_items(struct reader *r, struct step *s, const char *what)
{
    enum { ITEMS_MAX = 32 };

    s->items = ARENA_ARRAY(&r->plan->arena, struct str, ITEMS_MAX);
    while (reader_more(r) && s->n_items < ITEMS_MAX)
        s->items[s->n_items++] = reader_word(r);
    if (!s->n_items)
        reader_fault(r, r->whole, "expected %s", what);
    reader_end(r);
}

static void read_runs(struct reader *r)
{
    struct step *s = add_step(r, STEP_RUNS);

    s->negate = read_no(r);
    read_items(r, s, "routes, such as route[RELAY] failure_route[X]");
    for (size_t i = 0; i < s->n_items; i++)
        if (!is_route(s->items[i]))
            reader_fault(r, s->items[i], "expected a route, such as route[RELAY]");
}

/* calls no lookup; calls lookup("location") 2 times */
static void read_calls(struct reader *r)
{
    struct step *s = add_step(r, STEP_CALLS);
    struct str rest, args;
    size_t n = 0;

    s->negate = read_no(r);
    s->count = -1;
    rest = str_trim(r->line);
    while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != '(')
        n++;
    s->name = str_cut(rest, 0, n);
    rest = str_trim(str_skip(rest, n));
    if (!s->name.n)
        reader_fault(r, r->whole, "expected the name of a function");
    if (rest.n && rest.p[0] == '(') {
        n = str_find(rest, ')');
        args = str_trim(str_cut(rest, 1, n));
        rest = str_skip(rest, n + 1);
        s->items = ARENA_ARRAY(&r->plan->arena, struct str, 9);
        while (args.n && s->n_items < 8) {
            struct str one = str_trim(str_split(&args, ','));

            if (one.n > 1 && (one.p[0] == '"' || one.p[0] == '\''))
                one = str_cut(one, 1, one.n - 1);
            s->items[s->n_items++] = one;
        }
    }
    r->line = rest;
    if (reader_more(r) && reader_number(r, &s->count)) {
        struct str w = reader_word(r);

        if (!str_eq(w, STR("times")) && !str_eq(w, STR("time")))
            reader_fault(r, w, "expected \"times\" behind the number");
    }
    reader_end(r);
}

/* query "SELECT …" gives "a" "b"; gives nothing */
static void read_query(struct reader *r)
{
    struct step *s = add_step(r, STEP_QUERY);
    struct str w;

    s->value = reader_word(r);
    w = reader_word(r);
    if (!s->value.n || !str_eq(w, STR("gives"))) {
        reader_fault(r, r->whole, "expected query \"SELECT …\" gives VALUES");
        return;
    }
    if (str_eq(str_trim(r->line), STR("nothing")))
        r->line = STR("");
    else
        read_items(r, s, "values, or nothing");
}

static void read_number_step(struct reader *r, enum step_kind kind)
{
    struct step *s = add_step(r, kind);

    if (kind == STEP_STAT) {
        s->name = reader_word(r);
        if (str_find(s->name, '.') == s->name.n) {
            reader_fault(r, s->name, "expected GROUP.NAME of a statistic");
            return;
        }
    }
    if (reader_number(r, &s->count))
        reader_end(r);
}

static void read_do(struct reader *r)
{
    struct str name = reader_word(r);
    const struct decl *d = decl_find(r->decls, DECL_STEPS, name);
    struct nearest near;

    if (!reader_end(r))
        return;
    if (d) {
        read_steps_between(r, d->from, d->to);
        return;
    }
    nearest_begin(&near, name);
    for (d = r->decls; d; d = d->up)
        if (d->kind == DECL_STEPS)
            nearest_offer(&near, d->name);
    diag_nearest(r->plan->diag,
                 reader_fault(r, name, "there are no steps \"" STR_FMT "\"", STR_ARG(name)), &near);
}

static void read_after(struct reader *r)
{
    struct step *s = add_step(r, STEP_AFTER);

    if (reader_time(r, &s->ms))
        reader_end(r);
}

/* ---- a line ---- */

static void read_unknown(struct reader *r, struct str word)
{
    struct nearest near;
    size_t fault;

    nearest_begin(&near, word);
    for (const struct decl *d = r->decls; d; d = d->up)
        if (d->kind == DECL_PEER)
            nearest_offer(&near, d->name);
    for (const char *const *w = step_words; *w; w++)
        nearest_offer(&near, str_of(*w));
    for (const char *const *w = declaration_words; *w; w++)
        nearest_offer(&near, str_of(*w));
    fault = reader_fault(r, word, "expected a step, or a peer and -> or <-, got \"" STR_FMT "\"",
                         (int)(word.n > 60 ? 60 : word.n), word.p);
    diag_nearest(r->plan->diag, fault, &near);
}

static void read_returns_step(struct reader *r)
{
    read_number_step(r, STEP_RETURNS);
}

static void read_stat(struct reader *r)
{
    read_number_step(r, STEP_STAT);
}

/* set pstn.gw_ip = "192.0.2.4" */
static void read_set(struct reader *r)
{
    struct step *s = add_step(r, STEP_SET);

    s->name = reader_word(r);
    if (str_find(s->name, '.') == s->name.n || !str_eq(reader_word(r), STR("="))) {
        reader_fault(r, r->whole, "expected set GROUP.NAME = VALUE");
        return;
    }
    s->value = reader_word(r);
    reader_end(r);
}

static void read_nothing(struct reader *r)
{
    add_step(r, STEP_NOTHING);
    reader_end(r);
}

static void read_step(struct reader *r, struct str word)
{
    static const struct {
        const char *name;
        void (*read)(struct reader *r);
    } table[] = {
        { "after", read_after },     { "check", read_check }, { "logs", read_logs },
        { "runs", read_runs },       { "calls", read_calls }, { "query", read_query },
        { "do", read_do },           { "stat", read_stat },   { "returns", read_returns_step },
        { "nothing", read_nothing }, { "set", read_set },
    };
    struct str arrow;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (str_eq(word, str_of(table[i].name))) {
            table[i].read(r);
            return;
        }
    if (read_declaration(r, word))
        return;
    if (!decl_find(r->decls, DECL_PEER, word)) {
        read_unknown(r, word);
        return;
    }
    arrow = reader_word(r);
    if (str_eq(arrow, STR("->")))
        read_send(r, word);
    else if (str_eq(arrow, STR("<-")))
        read_expect(r, word);
    else
        reader_fault(r, arrow, "expected -> (it sends) or <- (it gets)");
}

void read_steps_between(struct reader *r, size_t from, size_t to)
{
    size_t at = r->at, end = r->end;
    struct str whole = r->whole;

    if (r->depth == NESTING_MAX) {
        reader_fault(r, r->whole, "steps do each other more than %d deep", NESTING_MAX);
        r->stopped = true;
        return;
    }
    r->depth++;
    r->at = from;
    r->end = to;
    while (reader_line(r))
        read_step(r, reader_word(r));
    r->at = at;
    r->end = end;
    r->whole = whole;
    r->line = STR("");
    r->depth--;
}
