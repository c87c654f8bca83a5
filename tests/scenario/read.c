/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a scenario file. */
#include "scenario.h"
#include <stdio.h>
#include <stdlib.h>

static bool fault(struct scenario *s, int line, const char *what, struct str near)
{
    if (!s->fault[0])
        snprintf(s->fault, sizeof s->fault, "%s:%d: %s near \"" STR_FMT "\"", s->file, line, what,
                 STR_ARG(near));
    return false;
}

/* The next word; quotes hold blanks together. */
static struct str word(struct str *rest)
{
    *rest = str_trim(*rest);
    if (rest->n && (rest->p[0] == '"' || rest->p[0] == '\'')) {
        struct str inner = str_skip(*rest, 1);
        size_t n = str_find(inner, rest->p[0]);
        struct str w = str_cut(inner, 0, n);

        *rest = str_skip(inner, n + 1);
        return w;
    }
    size_t n = 0;
    while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t')
        n++;
    struct str w = str_cut(*rest, 0, n);
    *rest = str_skip(*rest, n);
    return w;
}

static bool number_with_unit(struct str value, struct str unit, int64_t *ms)
{
    int64_t n;

    if (str_to_i64(value, &n) != ERR_OK)
        return false;
    if (str_eq(unit, STR("s")))
        *ms = n * 1000;
    else if (str_eq(unit, STR("ms")))
        *ms = n;
    else
        return false;
    return true;
}

/* The address of a new peer: 192.0.2.1, .2, .3 … */
static void give_address(struct scenario *s, size_t i)
{
    struct peer *p = &s->peers.at[i];

    p->contact = arena_fmt(&s->arena, s->ipv6[i] ? "[2001:db8::%zu]" : "192.0.2.%zu", i + 1);
    p->via_host = arena_fmt(&s->arena, STR_FMT ":5060", STR_ARG(p->contact));
    ASSERT(addr_parse(p->contact, 5060, &p->addr) == ERR_OK);
}

static int peer_of(struct scenario *s, struct str name)
{
    struct peer *p = peers_find(&s->peers, name);

    if (!p) {
        p = peers_add(&s->peers, name);
        if (p)
            give_address(s, s->peers.n - 1);
    }
    return p ? (int)(p - s->peers.at) : -1;
}

/* "0, 500, 1500 ms" */
static bool read_times(struct step *st, struct str *rest)
{
    st->n_times = 0;
    for (;;) {
        struct str w = word(rest);
        bool more = w.n && w.p[w.n - 1] == ',';

        if (st->n_times == TIMES_MAX ||
            str_to_i64(more ? str_cut(w, 0, w.n - 1) : w, &st->times[st->n_times]) != ERR_OK)
            return false;
        st->n_times++;
        if (more)
            continue;
        struct str unit = word(rest);
        int64_t factor = str_eq(unit, STR("s")) ? 1000 : str_eq(unit, STR("ms")) ? 1 : 0;
        for (size_t i = 0; i < st->n_times; i++)
            st->times[i] *= factor;
        return factor != 0;
    }
}

static bool read_details(struct scenario *s, struct step *st, struct str rest)
{
    while ((rest = str_trim(rest)).n) {
        struct str w = word(&rest);

        if (str_eq(w, STR("again")))
            st->wish.repeat = true;
        else if (str_eq(w, STR("never")))
            st->absent = true;
        else if (str_eq(w, STR("at")) && !read_times(st, &rest))
            return fault(s, st->line, "times", rest);
        else if (str_eq(w, STR("at")))
            continue;
        else if (str_eq(w, STR("with")) && st->wish.n_with < 4)
            st->wish.with[st->wish.n_with++] = word(&rest);
        else if (str_eq(w, STR("has")) && st->n_contains < HAS_MAX)
            st->contains[st->n_contains++] = word(&rest);
        else if (str_eq(w, STR("lacks")) && st->n_lacks < HAS_MAX)
            st->lacks[st->n_lacks++] = word(&rest);
        else if (str_starts(w, STR("call=")))
            st->wish.call = str_skip(w, 5);
        else if (str_starts(w, STR("sip:")) || str_starts(w, STR("tel:")))
            st->wish.uri = w;
        else
            st->wish.of = w;
    }
    return true;
}

static bool read_step(struct scenario *s, int line, struct str rest, int64_t *now)
{
    struct str probe = rest, first = word(&probe), unit = word(&probe);
    struct step *st = &s->steps[s->n_steps];
    int64_t ms;

    if (s->n_steps == STEPS_MAX)
        return fault(s, line, "too many steps", rest);
    if (number_with_unit(first, unit, &ms)) {
        *now = ms;
        rest = probe;
    }
    struct str from = word(&rest), arrow = word(&rest), to = word(&rest);
    if (!str_eq(arrow, STR("->")) || str_eq(from, STR("tandem")) == str_eq(to, STR("tandem")))
        return fault(s, line, "a step is 'peer -> tandem' or 'tandem -> peer'", from);
    *st = (struct step){ .line = line, .at_ms = *now, .n_times = 1, .wish.call = STR("1") };
    st->from_peer = str_eq(to, STR("tandem"));
    int peer = peer_of(s, st->from_peer ? from : to);
    st->wish.what = word(&rest);
    if (peer < 0 || !st->wish.what.n)
        return fault(s, line, "who and what", rest);
    st->peer = (unsigned)peer;
    s->n_steps++;
    return read_details(s, st, rest);
}

static const struct {
    const char *name;
    enum route kind;
} kinds[] = {
    { "request", ROUTE_REQUEST }, { "reply", ROUTE_REPLY },   { "onreply", ROUTE_TM_REPLY },
    { "failure", ROUTE_FAILURE }, { "branch", ROUTE_BRANCH }, { "event", ROUTE_EVENT },
    { "onsend", ROUTE_SEND },
};

static bool read_route_head(struct scenario *s, int line, struct str rest, struct route_text **out)
{
    struct str kind = word(&rest), name = word(&rest);
    struct route_text *r = &s->routes[s->n_routes];

    if (s->n_routes == ROUTES_MAX)
        return fault(s, line, "too many routes", rest);
    *r = (struct route_text){ .name = str_eq(name, STR("{")) ? STR("") : name };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (str_eq(kind, str_of(kinds[i].name)))
            r->kind = kinds[i].kind;
    }
    if (!r->kind)
        return fault(s, line, "kind of route", kind);
    s->n_routes++;
    *out = r;
    return true;
}

struct setting {
    const char *name;
    size_t at;
    char kind; /* d duration, b bool, i integer, s text */
};
#define SETTING(member, kind)                                                                      \
    {                                                                                              \
#member, offsetof(struct txn_conf, member), kind                                           \
    }
static const struct setting settings[] = {
    SETTING(fr_timer, 'd'),
    SETTING(fr_inv_timer, 'd'),
    SETTING(wt_timer, 'd'),
    SETTING(retr_timer1, 'd'),
    SETTING(retr_timer2, 'd'),
    SETTING(max_inv_lifetime, 'd'),
    SETTING(max_noninv_lifetime, 'd'),
    SETTING(noisy_ctimer, 'b'),
    SETTING(auto_inv_100, 'b'),
    SETTING(restart_fr_on_each_reply, 'b'),
    SETTING(aggregate_challenges, 'b'),
    SETTING(disable_6xx_block, 'b'),
    SETTING(unmatched_cancel, 'i'),
    SETTING(cancel_b_method, 'i'),
    SETTING(failure_reply_mode, 'i'),
    SETTING(faked_reply_prio, 'i'),
    SETTING(remap_503_500, 'b'),
    SETTING(local_cancel_reason, 'b'),
    SETTING(e2e_cancel_reason, 'b'),
    SETTING(relay_100, 'b'),
    SETTING(ac_extra_hdrs, 's'),
    SETTING(failure_exec_mode, 'b'),
    SETTING(local_ack_mode, 'i'),
    SETTING(callid_cseq_matching, 'b'),
    SETTING(callid_matching, 'b'),
};

static bool read_setting(struct scenario *s, int line, struct str rest)
{
    struct str name = word(&rest), value = word(&rest);
    int64_t n = 0;

    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        void *at = (char *)&s->conf + settings[i].at;

        if (!str_eq(name, str_of(settings[i].name)))
            continue;
        if (settings[i].kind == 's') {
            *(struct str *)at = value;
            return true;
        }
        if (str_to_i64(value, &n) != ERR_OK)
            return fault(s, line, "number", value);
        if (settings[i].kind == 'b')
            *(bool *)at = n != 0;
        else
            *(int64_t *)at = n;
        return true;
    }
    return fault(s, line, "parameter", name);
}

static bool read_name(struct scenario *s, int line, struct str rest)
{
    if (s->n_names == NAMES_MAX)
        return fault(s, line, "too many names", rest);
    return name_read(str_trim(rest), &s->names[s->n_names++]) == ERR_OK ||
           fault(s, line, "type of a record, name and value", rest);
}

static bool read_listen(struct scenario *s, int line, struct str what)
{
    s->listen_tcp |= str_eq(what, STR("tcp"));
    s->listen_ipv6 |= str_eq(what, STR("ipv6"));
    return s->listen_tcp || s->listen_ipv6 || fault(s, line, "tcp or ipv6", what);
}

/* Everything up to a line "endconfig". */
static bool read_config(struct scenario *s, int *line, struct str *text)
{
    const char *begin = text->p;

    while (text->n) {
        const char *at = text->p;
        struct str rest = str_trim(str_split(text, '\n'));

        ++*line;
        if (str_eq(rest, STR("endconfig"))) {
            s->config = (struct str){ begin, (size_t)(at - begin) };
            return true;
        }
    }
    return fault(s, *line, "a configuration ends with endconfig", STR(""));
}

bool scenario_read(struct scenario *s, const char *file, struct str text)
{
    struct route_text *in = NULL;
    int64_t now = 0;
    bool ok = true;

    s->file = file;
    s->workers = 2;
    s->conf = txn_default_conf;
    s->settle_ms = 400000;
    s->peers.arena = &s->arena;
    s->peers.domain = STR("example.org");
    for (int line = 1; text.n && ok; line++) {
        struct str rest = str_trim(str_split(&text, '\n')), probe = rest;
        struct str first;

        if (!rest.n || rest.p[0] == '#')
            continue;
        first = word(&probe);
        if (in && str_eq(first, STR("}")))
            in = NULL;
        else if (in && in->n_lines < ROUTE_LINES_MAX)
            in->lines[in->n_lines++] = rest;
        else if (str_eq(first, STR("route")))
            ok = read_route_head(s, line, probe, &in);
        else if (str_eq(first, STR("config")))
            ok = read_config(s, &line, &text);
        else if (str_eq(first, STR("logs")) && s->n_logs < 16)
            s->logs[s->n_logs++] = word(&probe);
        else if (str_eq(first, STR("conf")))
            ok = read_setting(s, line, probe);
        else if (str_eq(first, STR("workers")))
            s->workers = (unsigned)strtoul(probe.p, NULL, 10);
        else if (str_eq(first, STR("peers")))
            while (ok && str_trim(probe).n)
                ok = peer_of(s, word(&probe)) >= 0;
        else if (str_eq(first, STR("name")))
            ok = read_name(s, line, probe);
        else if (str_eq(first, STR("listen")))
            ok = read_listen(s, line, str_trim(probe));
        else if (str_eq(first, STR("refuse")))
            s->refuse = true;
        else if (str_eq(first, STR("ipv6"))) {
            int peer = peer_of(s, str_trim(probe));
            ok = peer >= 0;
            if (ok) {
                s->ipv6[peer] = true;
                give_address(s, (size_t)peer);
            }
        } else if (str_eq(first, STR("logged")))
            s->log = str_trim(probe);
        else
            ok = read_step(s, line, rest, &now);
    }
    return ok;
}
