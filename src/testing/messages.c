/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of a test: sent, received, and compared with what was expected. */
#include "net/sim.h"
#include "rt/sim.h"
#include "testing/play.h"

static struct str first_line(struct str bytes)
{
    return str_cut(bytes, 0, str_find(bytes, '\r'));
}

static void trace(const struct peer *p, const char *arrow, struct str bytes)
{
    buf_fmt(&playing()->trace, "%8lld ms  " STR_FMT " %s " STR_FMT "\n",
            (long long)(sim_now_ms() - 1000000), STR_ARG(p->name), arrow,
            STR_ARG(first_line(bytes)));
}

/* ---- out ---- */

static bool server_for(const struct step *s, bool stream, struct addr *out)
{
    const struct play *p = playing();

    if (s && s->to.n)
        return address_read(s->to, out) == ERR_OK;
    for (size_t i = 0; i < p->n_servers; i++)
        if ((p->server_proto[i] == PROTO_TCP) == stream) {
            *out = p->server[i];
            return true;
        }
    return false;
}

static bool deliver(const struct step *s, struct peer *p, struct str bytes)
{
    bool stream = strcmp(p->via_proto, "TCP") == 0;
    struct addr to;

    if (!server_for(s, stream, &to))
        return false;
    trace(p, "->", bytes);
    if (!stream)
        return net_sim_deliver(&p->addr, &to, bytes) == ERR_OK;
    if (!p->stream || !net_sim_is_open(p->stream))
        p->stream = net_sim_connect(&p->addr, &to);
    if (!p->stream)
        return false;
    net_sim_write(p->stream, bytes);
    return true;
}

/* The wish with what was kept put in. */
static bool complete(const struct step *s, struct wish *w)
{
    bool ok = play_expand(s, w->uri, &w->uri) && play_expand(s, w->body, &w->body) &&
              play_expand(s, w->password, &w->password) && play_expand(s, w->call, &w->call) &&
              play_expand(s, w->what, &w->what);

    for (size_t i = 0; i < w->n_with && ok; i++)
        ok = play_expand(s, w->with[i], &w->with[i]);
    return ok;
}

/* A Content-Length for a message that was written without one. */
static struct str with_length(struct str raw)
{
    size_t end = str_search(raw, STR("\r\n\r\n"));
    struct arena *a = &playing()->arena;

    if (end == raw.n)
        return arena_fmt(a, STR_FMT "\r\n", STR_ARG(raw));
    return raw;
}

void play_send(const struct step *s)
{
    struct peer *p = peers_find(&playing()->peers, s->peer);
    struct wish w = s->wish;
    struct str bytes = STR_NONE;

    if (s->raw.n) {
        if (!play_expand(s, s->raw, &bytes))
            return;
        bytes = peer_write_raw(&playing()->peers, p, with_length(bytes));
    } else {
        if (!complete(s, &w))
            return;
        bytes = peer_write(&playing()->peers, p, &w);
    }
    if (!bytes.n) {
        play_fail(s, w.in_dialog
                         ? "there is no dialog that this could belong to (give a URI to begin one)"
                         : "there is nothing to make this from");
        return;
    }
    hooks_prepare_sending(s);
    if (!deliver(s, p, bytes))
        play_fail(s, "the server does not listen there");
    sim_settle();
}

/* ---- in ---- */

static bool is_repeated(const struct peer *p, struct str bytes)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->list[i].received && str_eq(p->list[i].bytes, bytes))
            return true;
    return false;
}

static void on_arrival(struct net_sim_message *m, void *ctx)
{
    struct play *p = ctx;

    for (size_t i = 0; i < p->peers.n; i++) {
        struct peer *peer = &p->peers.at[i];
        struct arrival *a;

        if (m->closed || !m->bytes.n || p->n_arrivals == ARRIVALS_MAX ||
            (m->stream ? m->stream != peer->stream && !addr_eq(&peer->addr, &m->to)
                       : !addr_eq(&peer->addr, &m->to)))
            continue;
        if (!str_trim(m->bytes).n)
            break; /* keepalive */
        a = &p->arrivals[p->n_arrivals++];
        peer->stream = m->stream;
        *a = (struct arrival){ .peer = (unsigned)i,
                               .at_ms = sim_now_ms(),
                               .bytes = arena_dup(&p->arena, m->bytes) };
        a->label = str_starts(a->bytes, STR("SIP/2.0 ")) ? str_skip(a->bytes, 8) : a->bytes;
        a->label = str_cut(a->label, 0, str_find(a->label, ' '));
        trace(peer, "<-", a->bytes);
        a->repeated = is_repeated(peer, a->bytes);
        peer_received(&p->peers, peer, a->bytes);
        struct str ack = peer_ack_of(&p->peers, peer, a->bytes);
        if (ack.n)
            (void)deliver(NULL, peer, ack);
        break;
    }
    net_sim_free(m);
}

void messages_begin(struct play *p)
{
    net_sim_on_arrival(on_arrival, p);
}

/* What a transaction layer would keep to itself: repetitions, 100, and the ACK of a negative reply,
 * which has the branch of its INVITE. */
static bool is_noise(const struct arrival *a)
{
    const struct peer *p = &playing()->peers.at[a->peer];
    struct str branch = header_in(a->bytes, "Via");

    if (a->repeated || str_eq(a->label, STR("100")))
        return true;
    if (!str_eq(a->label, STR("ACK")))
        return false;
    branch = str_skip(branch, str_search(branch, STR("branch=")));
    branch = str_cut(branch, 0, str_find(branch, ';'));
    for (size_t i = 0; i < p->n; i++)
        if (p->list[i].received && str_eq(p->list[i].label, STR("INVITE")) && branch.n &&
            str_search(p->list[i].bytes, branch) < p->list[i].bytes.n)
            return true;
    return false;
}

static bool is_wanted(const struct step *s, const struct arrival *a)
{
    struct str cseq;

    if (s->again != a->repeated || !str_eq(a->label, s->wish.what))
        return false;
    cseq = header_in(a->bytes, "CSeq");
    return !s->wish.of.n || str_ends(cseq, s->wish.of);
}

/* The next message of the peer that is no noise, unless just that noise is wanted. */
static struct arrival *next_for(const struct step *s, unsigned peer)
{
    for (size_t i = 0; i < playing()->n_arrivals; i++) {
        struct arrival *a = &playing()->arrivals[i];

        if (a->peer == peer && !a->taken && (!is_noise(a) || is_wanted(s, a)))
            return a;
    }
    return NULL;
}

static struct arrival *wait_for(const struct step *s, unsigned peer)
{
    int64_t until = sim_now_ms() + s->ms;
    struct arrival *a;

    sim_settle();
    while ((a = next_for(s, peer)) == NULL && sim_now_ms() < until)
        sim_run_until(sim_now_ms() + 5);
    return a;
}

/* ---- comparing ---- */

static void fail_demand(const struct demand *d, const struct arrival *a, struct str got)
{
    if (got.p)
        play_fail_at(&d->at, STR_NONE, "got " STR_FMT, STR_ARG(got));
    else
        play_fail_at(&d->at, STR_NONE, "the message is not so");
    play_show(a->bytes);
}

/* Whether one line of the header has the value; *got: the first one. */
static bool header_equals(struct str bytes, struct str name, struct str value, struct str *got)
{
    struct str rest = bytes;

    *got = STR("no such header");
    str_split(&rest, '\n');
    while (rest.n) {
        struct str line = str_trim(str_split(&rest, '\n')), text = line;
        struct str label = str_trim(str_split(&text, ':'));

        if (!line.n)
            return false;
        if (!str_ieq(label, name))
            continue;
        if (str_eq(str_trim(text), value))
            return true;
        if (str_starts(*got, STR("no such")))
            *got = line;
    }
    return false;
}

static void keep_value(const struct step *s, const struct demand *d, const struct arrival *a)
{
    struct known *k = ARENA_NEW(&playing()->arena, struct known);
    struct finding f = { 0 };

    (void)s;
    hooks_evaluate(a->bytes, d->fragment, &f);
    k->name = d->name;
    k->value = f.left.p ? f.left : STR("");
    if (k->value.n > 1 && k->value.p[0] == '"')
        k->value = str_cut(k->value, 1, k->value.n - 1);
    k->next = playing()->known;
    playing()->known = k;
}

static void check_demand(const struct step *s, const struct demand *d, const struct arrival *a)
{
    struct str text = STR_NONE, got = STR_NONE;
    struct finding f = { 0 };

    if (d->text.p && !play_expand(s, d->text, &text))
        return;
    switch (d->kind) {
    case DEMAND_EQUALS:
        if (!header_equals(a->bytes, d->name, text, &got))
            fail_demand(d, a, got);
        return;
    case DEMAND_ABSENT:
        got = header_in(a->bytes, arena_dup(&playing()->arena, d->name).p);
        if (got.p)
            fail_demand(
                d, a,
                arena_fmt(&playing()->arena, STR_FMT ": " STR_FMT, STR_ARG(d->name), STR_ARG(got)));
        return;
    case DEMAND_HAS:
    case DEMAND_LACKS:
        if ((str_search(a->bytes, text) < a->bytes.n) != (d->kind == DEMAND_HAS))
            fail_demand(d, a, STR_NONE);
        return;
    case DEMAND_TRUE:
        hooks_evaluate(a->bytes, d->fragment, &f);
        if (!f.yes)
            fail_demand(d, a, f.left);
        return;
    case DEMAND_KEEP: keep_value(s, d, a); return;
    }
}

static void check_first_line(const struct step *s, const struct arrival *a)
{
    struct str line = first_line(a->bytes), uri, reason;

    if (s->wish.uri.n && play_expand(s, s->wish.uri, &uri)) {
        str_split(&line, ' ');
        if (!str_eq(str_split(&line, ' '), uri))
            play_fail(s, "got " STR_FMT, STR_ARG(first_line(a->bytes)));
    }
    if (s->wish.reason.p && play_expand(s, s->wish.reason, &reason)) {
        line = str_skip(line, 8);
        str_split(&line, ' ');
        if (!str_eq(line, reason))
            play_fail(s, "got " STR_FMT, STR_ARG(first_line(a->bytes)));
    }
    if (playing()->failed)
        play_show(a->bytes);
}

void play_expect(const struct step *s)
{
    struct peer *p = peers_find(&playing()->peers, s->peer);
    struct arrival *a = wait_for(s, (unsigned)(p - playing()->peers.at));

    if (!a) {
        play_fail(s, "nothing came within %lld ms", (long long)s->ms);
        return;
    }
    if (!is_wanted(s, a)) {
        struct str line = first_line(a->bytes);

        play_fail(s, "got " STR_FMT "%s", STR_ARG(line), a->repeated ? " again" : "");
        play_show(a->bytes);
        return;
    }
    a->taken = true;
    check_first_line(s, a);
    for (const struct demand *d = s->demands; d; d = d->next)
        check_demand(s, d, a);
}

void play_nothing(const struct step *s, const char *text)
{
    for (size_t i = 0; i < playing()->n_arrivals; i++) {
        struct arrival *a = &playing()->arrivals[i];
        struct peer *p = &playing()->peers.at[a->peer];
        struct str line = first_line(a->bytes);

        if (a->taken || is_noise(a) || (s && s->peer.n && !str_eq(s->peer, p->name)))
            continue;
        a->taken = true;
        if (s)
            play_fail(s, STR_FMT " got " STR_FMT, STR_ARG(p->name), STR_ARG(line));
        else
            play_fail_at(&playing()->test->at, STR_NONE, STR_FMT " got what %s: " STR_FMT,
                         STR_ARG(p->name), text, STR_ARG(line));
        play_show(a->bytes);
    }
}
