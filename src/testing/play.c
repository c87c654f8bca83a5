/* SPDX-License-Identifier: BSD-2-Clause */
/* Plays a test: a server in a simulated world, and the steps one after the other. */
#include "testing/play.h"
#include "control/control.h"
#include "core/cfg.h"
#include "net/sim.h"
#include "rt/sim.h"
#include "server/wiring.h"
#include "testing/world.h"

enum { SETTLE_MS = 400 };

static struct {
    struct play play;
    struct name names[NAMES_MAX];
} self;

struct play *playing(void)
{
    return &self.play;
}

void messages_begin(struct play *p);
void hooks_route(void);

/* ---- telling ---- */

static void fail(const struct place *at, struct str text, const char *format, va_list ap)
{
    struct play *p = playing();

    if (!p->failed)
        p->failed_line = at->line;
    p->failed = true;
    if (!text.n)
        text = str_trim(source_line(at));
    buf_fmt(p->out, STR_FMT ":%u: " STR_FMT "\n    ", STR_ARG(p->plan->source.name), at->line,
            STR_ARG(text));
    buf_vfmt(p->out, format, ap);
    buf_char(p->out, '\n');
}

void play_fail(const struct step *s, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    fail(&s->at, s->text, format, ap);
    va_end(ap);
}

void play_fail_at(const struct place *at, struct str text, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    fail(at, text, format, ap);
    va_end(ap);
}

void play_show(struct str text)
{
    while (text.n) {
        struct str line = str_split(&text, '\n');

        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        buf_fmt(playing()->out, "    | " STR_FMT "\n", STR_ARG(line));
    }
}

static const struct known *find_known(struct str name)
{
    const struct known *k = playing()->known;

    while (k && !str_eq(k->name, name))
        k = k->next;
    return k;
}

bool play_expand(const struct step *s, struct str in, struct str *out)
{
    struct buf b;

    *out = in;
    if (!in.n || str_search(in, STR("${")) == in.n)
        return true;
    buf_init(&b, MEM_OTHER);
    while (in.n) {
        size_t at = str_search(in, STR("${"));
        struct str inner = str_skip(in, at + 2), name = str_cut(inner, 0, str_find(inner, '}'));
        const struct known *k = find_known(name);

        buf_add(&b, str_cut(in, 0, at));
        if (at == in.n)
            break;
        if (!k) {
            play_fail(s, "nothing was kept as ${" STR_FMT "}", STR_ARG(name));
            buf_free(&b);
            return false;
        }
        buf_add(&b, k->value);
        in = str_skip(inner, name.n + 1);
    }
    *out = arena_dup(&playing()->arena, buf_str(&b));
    buf_free(&b);
    return true;
}

/* ---- steps that look at the script ---- */

static void tell_finding(const struct step *s, const struct finding *f)
{
    if (!f->asked && s->route.n)
        play_fail(s, STR_FMT " did not run", STR_ARG(s->route));
    else if (!f->asked)
        play_fail(s, "no script ran over the message before this");
    else if (!f->yes && f->left.p && f->right.p)
        play_fail(s, "it is " STR_FMT ", the other side is " STR_FMT, STR_ARG(f->left),
                  STR_ARG(f->right));
    else if (!f->yes && f->left.p)
        play_fail(s, "it is " STR_FMT, STR_ARG(f->left));
    else if (!f->yes)
        play_fail(s, "it is not so");
}

static void play_check(const struct step *s)
{
    struct finding now = { 0 };

    for (size_t i = 0; i < playing()->n_findings; i++)
        if (playing()->findings[i].step == s) {
            tell_finding(s, &playing()->findings[i]);
            return;
        }
    hooks_evaluate(STR_NONE, s->fragment, &now);
    tell_finding(s, &now);
}

static void play_logs(const struct step *s)
{
    struct play *p = playing();
    struct str text;

    if (!play_expand(s, s->value, &text))
        return;
    for (size_t i = s->negate ? 0 : p->logs_seen; i < p->n_logs; i++) {
        const struct log_line *l = &p->logs[i];

        if ((s->level != LOG_NONE_OWN && (int)l->level != s->level) ||
            str_search(l->text, text) == l->text.n)
            continue;
        if (s->negate)
            play_fail(s, "the log shows: " STR_FMT, STR_ARG(l->text));
        else
            p->logs_seen = i + 1;
        return;
    }
    if (s->negate)
        return;
    play_fail(s, p->n_logs > p->logs_seen ? "the log goes on with:" : "the log shows nothing more");
    for (size_t i = p->logs_seen; i < p->n_logs && i < p->logs_seen + 20; i++)
        play_show(p->logs[i].text);
}

static void list_blocks(void)
{
    struct buf b;

    buf_init(&b, MEM_OTHER);
    buf_addz(&b, "these ran:");
    for (size_t i = 0; i < playing()->n_ran && i < 60; i++) {
        buf_char(&b, ' ');
        block_print(playing()->ran[i], &b);
    }
    play_show(buf_str(&b));
    buf_free(&b);
}

/* In this order, with others between them. */
static void play_runs(const struct step *s)
{
    size_t at = 0;

    for (size_t i = 0; i < s->n_items; i++) {
        size_t k = s->negate ? 0 : at;

        while (k < playing()->n_ran && !block_is(playing()->ran[k], s->items[i]))
            k++;
        if ((k == playing()->n_ran) == s->negate) {
            at = k + 1;
            continue;
        }
        play_fail(s, STR_FMT " %s", STR_ARG(s->items[i]),
                  s->negate ? "ran" : "did not run (or not in this order)");
        list_blocks();
        return;
    }
}

static bool same_call(const struct step *s, const struct called *k)
{
    if (!str_eq(k->function, s->name))
        return false;
    for (size_t i = 0; i < s->n_items; i++)
        if (i >= k->n_args || !str_eq(k->args[i], s->items[i]))
            return false;
    return true;
}

static void play_calls(const struct step *s)
{
    int64_t n = 0;

    for (size_t i = 0; i < playing()->n_calls; i++)
        n += same_call(s, &playing()->calls[i]);
    if (s->negate ? n == 0 : s->count < 0 ? n > 0 : n == s->count)
        return;
    play_fail(s, "it was called %lld times so", (long long)n);
    for (size_t i = 0; i < playing()->n_calls && i < 20; i++) {
        const struct called *k = &playing()->calls[i];
        struct buf b;

        if (!str_eq(k->function, s->name))
            continue;
        buf_init(&b, MEM_OTHER);
        buf_fmt(&b, STR_FMT "(", STR_ARG(k->function));
        for (size_t j = 0; j < k->n_args; j++)
            buf_fmt(&b, "%s\"" STR_FMT "\"", j ? ", " : "", STR_ARG(k->args[j]));
        buf_char(&b, ')');
        play_show(buf_str(&b));
        buf_free(&b);
    }
}

static void play_stat(const struct step *s)
{
    struct str name = s->name, group = str_split(&name, '.');
    unsigned id = stat_find(group, name);

    if (id == UINT32_MAX)
        play_fail(s, "there is no statistic " STR_FMT, STR_ARG(s->name));
    else if (stat_read(id) != s->count)
        play_fail(s, "it is %lld", (long long)stat_read(id));
}

static void play_returns(const struct step *s)
{
    if (playing()->returned != s->count)
        play_fail(s, "it returned %d", playing()->returned);
}

static void play_set(const struct step *s)
{
    struct str name = s->name, group = str_split(&name, '.'), text;
    struct cfg_item item;
    struct value v;
    struct buf why;
    err_t e;

    if (!play_expand(s, s->value, &text))
        return;
    v = VALUE_OF_STR(text);
    if (cfg_find(group, name, &item) == ERR_OK && item.type == VALUE_INT &&
        str_to_i64(text, &v.i) == ERR_OK)
        v.type = VALUE_INT;
    buf_init(&why, MEM_OTHER);
    e = cfg_set(group, name, &v, &why);
    if (e)
        play_fail(s, "it cannot be set: %s" STR_FMT, why.n ? "" : err_text(e),
                  STR_ARG(buf_str(&why)));
    buf_free(&why);
}

static void play_after(const struct step *s)
{
    playing()->n_findings = 0;
    sim_run_until(sim_now_ms() + s->ms);
}

static void play_nothing_step(const struct step *s)
{
    sim_run_until(sim_now_ms() + SETTLE_MS);
    play_nothing(s, "");
}

static void play_step(const struct step *s)
{
    static void (*const table[])(const struct step *s) = {
        [STEP_SEND] = play_send,
        [STEP_EXPECT] = play_expect,
        [STEP_NOTHING] = play_nothing_step,
        [STEP_AFTER] = play_after,
        [STEP_CHECK] = play_check,
        [STEP_LOGS] = play_logs,
        [STEP_RUNS] = play_runs,
        [STEP_CALLS] = play_calls,
        [STEP_QUERY] = play_query,
        [STEP_RETURNS] = play_returns,
        [STEP_STAT] = play_stat,
        [STEP_SET] = play_set,
    };

    playing()->progress->line = s->at.line;
    table[s->kind](s);
}

/* ---- the world around it ---- */

/* Those that listen lines name by address; else UDP and TCP at 192.0.2.100. */
static void find_servers(struct play *p)
{
    const struct program_info *info = program_info(p->g->program);
    const struct decl *d = decl_find(p->test->decls, DECL_SERVER, STR_NONE);
    struct addr a;

    for (size_t i = 0; i < info->n_listens && !d && p->n_servers < 8; i++) {
        const struct listen_item *l = &info->listens[i];

        if ((l->proto != PROTO_UDP && l->proto != PROTO_TCP && l->proto != PROTO_NONE) ||
            addr_parse(l->host, l->port ? l->port : 5060, &a) != ERR_OK || addr_is_any(&a))
            continue;
        p->server_proto[p->n_servers] = l->proto == PROTO_TCP ? PROTO_TCP : PROTO_UDP;
        p->server[p->n_servers++] = a;
    }
    if (p->n_servers)
        return;
    if (address_read(d ? d->text : STR("192.0.2.100"), &a) != ERR_OK)
        return;
    p->server[0] = p->server[1] = a;
    p->server_proto[0] = PROTO_UDP;
    p->server_proto[1] = PROTO_TCP;
    p->n_servers = 2;
}

static void listen_there(struct play *p)
{
    struct socket_spec specs[8] = { 0 };

    find_servers(p);
    for (size_t i = 0; i < p->n_servers; i++)
        specs[i] = (struct socket_spec){ .proto = p->server_proto[i], .addr = p->server[i] };
    world_listen(p->g, specs, p->n_servers);
}

static void add_peers(struct play *p, const struct decl *d)
{
    struct peer *peer;

    if (!d)
        return;
    add_peers(p, d->up);
    if (d->kind != DECL_PEER)
        return;
    peer = peers_find(&p->peers, d->name); /* one further in stands for those outside */
    if (!peer)
        peer = peers_add(&p->peers, d->name);
    ASSERT(peer);
    *peer = *d->peer;
}

static void add_names(const struct play *p)
{
    size_t n = 0;

    for (const struct decl *d = p->test->decls; d && n < NAMES_MAX; d = d->up)
        if (d->kind == DECL_NAME)
            self.names[n++] = *d->record;
    names_use(self.names, n);
}

static void prepare(struct play *p)
{
    const struct decl *domain = decl_find(p->test->decls, DECL_DOMAIN, STR_NONE);

    arena_init(&p->arena, MEM_OTHER, 65536);
    buf_init(&p->trace, MEM_OTHER);
    p->arrivals = ARENA_ARRAY(&p->arena, struct arrival, ARRIVALS_MAX);
    p->logs = ARENA_ARRAY(&p->arena, struct log_line, LOG_LINES_MAX);
    p->ran = ARENA_ARRAY(&p->arena, const struct block *, RAN_MAX);
    p->calls = ARENA_ARRAY(&p->arena, struct called, CALLS_MAX);
    p->peers.arena = &p->arena;
    p->peers.domain = domain ? domain->text : STR("example.org");
    add_peers(p, p->test->decls);
}

static bool start(struct play *p)
{
    struct buf why;
    err_t e;

    buf_init(&why, MEM_OTHER);
    world_begin(1, 3);
    control_begin();
    messages_begin(p);
    hooks_set(p);
    e = database_prepare(p, &why);
    if (!e) {
        listen_there(p);
        add_names(p);
        e = world_start(p->g, &why);
    }
    hooks_route();
    if (e) {
        play_fail_at(&p->test->at, STR_NONE, "the server did not start: " STR_FMT,
                     STR_ARG(str_trim(buf_str(&why))));
        for (size_t i = 0; i < p->n_logs; i++)
            play_show(p->logs[i].text);
    }
    buf_free(&why);
    return !e;
}

/* What the peers saw, and what the log says, below the failures. */
static void show_what_happened(struct play *p)
{
    buf_addz(p->out, "  what happened:\n");
    play_show(buf_str(&p->trace));
    for (size_t i = 0; i < p->n_logs; i++)
        if (p->logs[i].level <= LOG_WARN)
            play_show(p->logs[i].text);
}

struct verdict test_play(const struct plan *plan, const struct test *t, uint8_t *coverage,
                         struct progress *progress, struct buf *out)
{
    struct play *p = &self.play;
    int64_t began;

    p->plan = plan;
    p->test = t;
    p->g = t->variant->generation;
    p->coverage = coverage;
    p->progress = progress;
    p->out = out;
    prepare(p);
    if (!start(p))
        return (struct verdict){ .line = t->at.line };
    began = sim_now_ms();
    for (const struct step *s = t->steps; s && !p->failed; s = s->next)
        play_step(s);
    if (!p->failed) {
        sim_run_until(sim_now_ms() + SETTLE_MS);
        play_nothing(NULL, "the test does not expect");
    }
    if (p->failed)
        show_what_happened(p);
    return (struct verdict){ !p->failed, sim_now_ms() - began, p->failed_line };
}
