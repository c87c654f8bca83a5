/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs scenario files, each on a network and a clock of its own. */
#include "base/log.h"
#include "module/registry.h"
#include "net/sim.h"
#include "rt/sim.h"
#include "scenario.h"
#include "script/program.h"
#include "testing/world.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARRIVALS_MAX = 600, TOLERANCE_MS = 3 };

struct arrival {
    int64_t at_ms;
    unsigned peer;
    struct str label, bytes, call;
    bool matched;
};

static struct {
    struct scenario *s;
    struct arrival arrivals[ARRIVALS_MAX];
    size_t n;
    int64_t begin_ms;
    struct addr us, us6;
    unsigned strays; /* messages to addresses of no peer */
    bool verbose;
} self;

static struct str label_of(struct str bytes)
{
    struct str s = str_starts(bytes, STR("SIP/2.0 ")) ? str_skip(bytes, 8) : bytes;

    return str_cut(s, 0, str_find(s, ' '));
}

static void on_arrival(struct net_sim_message *m, void *ctx)
{
    struct scenario *s = self.s;
    bool known = m->closed;

    (void)ctx;
    for (unsigned p = 0; p < s->peers.n; p++) {
        struct peer *peer = &s->peers.at[p];

        if (m->closed || !addr_eq(&peer->addr, &m->to) || self.n == ARRIVALS_MAX)
            continue;
        known = true;
        peer->stream = m->stream;
        struct str bytes = arena_dup(&s->arena, m->bytes);
        self.arrivals[self.n++] = (struct arrival){ .at_ms = sim_now_ms() - self.begin_ms,
                                                    .peer = p,
                                                    .label = label_of(bytes),
                                                    .bytes = bytes };
        if (self.verbose)
            printf("%8lld ms  tandem -> " STR_FMT "  " STR_FMT "\n",
                   (long long)(sim_now_ms() - self.begin_ms), STR_ARG(peer->name),
                   STR_ARG(str_cut(bytes, 0, str_find(bytes, '\r'))));
        peer_received(&s->peers, peer, bytes);
    }
    if (!known) {
        printf("%s: a message went to nobody's address: " STR_FMT "\n", s->file,
               STR_ARG(str_cut(m->bytes, 0, str_find(m->bytes, '\r'))));
        self.strays++;
    }
    net_sim_free(m);
}

static bool complain(const struct step *st, const char *what, int64_t at)
{
    printf("%s:%d: " STR_FMT " %s " STR_FMT " at %lld ms: %s\n", self.s->file, st->line,
           STR_ARG(self.s->peers.at[st->peer].name), st->from_peer ? "sends" : "gets",
           STR_ARG(st->wish.what), (long long)at, what);
    return false;
}

static bool fits(const struct step *st, const struct arrival *a)
{
    if (a->matched || a->peer != st->peer || !str_eq(a->label, st->wish.what))
        return false;
    if (!st->wish.of.n)
        return true;
    size_t at = str_search(a->bytes, STR("CSeq:"));
    struct str line = str_skip(a->bytes, at);
    line = str_cut(line, 0, str_find(line, '\r'));
    return str_ends(line, st->wish.of);
}

static bool check_text(const struct step *st, const struct arrival *a)
{
    bool ok = true;

    for (size_t i = 0; i < st->n_contains; i++) {
        if (str_search(a->bytes, st->contains[i]) == a->bytes.n)
            ok = complain(st, st->contains[i].p, a->at_ms);
    }
    for (size_t i = 0; i < st->n_lacks; i++) {
        if (str_search(a->bytes, st->lacks[i]) < a->bytes.n)
            ok = complain(st, "holds what it must not", a->at_ms);
    }
    if (!ok)
        printf(STR_FMT "\n", STR_ARG(a->bytes));
    return ok;
}

/* Each expected message has arrived at its time, and nothing else has. */
static bool match_all(struct scenario *s)
{
    bool ok = true;

    for (size_t i = 0; i < s->n_steps; i++) {
        struct step *st = &s->steps[i];

        for (size_t k = 0; !st->from_peer && !st->absent && k < st->n_times; k++) {
            int64_t at = st->at_ms + st->times[k];

            for (size_t j = 0; j < self.n && !st->found[k]; j++) {
                struct arrival *a = &self.arrivals[j];
                int64_t late = a->at_ms - at;

                if (!fits(st, a) || late < -TOLERANCE_MS || late > TOLERANCE_MS + at / 50)
                    continue;
                a->matched = st->found[k] = true;
                ok &= check_text(st, a);
            }
            if (!st->found[k])
                ok = complain(st, "it did not come", at);
        }
    }
    for (size_t j = 0; j < self.n; j++) {
        struct arrival *a = &self.arrivals[j];

        if (a->matched)
            continue;
        printf("%s: at %lld ms peer " STR_FMT " got an unexpected " STR_FMT "\n", s->file,
               (long long)a->at_ms, STR_ARG(s->peers.at[a->peer].name),
               STR_ARG(str_cut(a->bytes, 0, str_find(a->bytes, '\r'))));
        ok = false;
    }
    return ok;
}

static bool act(struct scenario *s, struct step *st)
{
    struct peer *p = &s->peers.at[st->peer];
    struct str bytes;

    for (size_t i = 0; i < st->wish.n_with; i++)
        st->wish.old_branch |= str_eq(st->wish.with[i], STR("X-Old-Branch: yes"));
    bytes = peer_write(&s->peers, p, &st->wish);
    if (!bytes.n)
        return complain(st, "there is nothing to make this from", st->at_ms);
    if (self.verbose)
        printf("%8lld ms  " STR_FMT " -> tandem  " STR_FMT "\n",
               (long long)(sim_now_ms() - self.begin_ms), STR_ARG(p->name),
               STR_ARG(str_cut(bytes, 0, str_find(bytes, '\r'))));
    if (p->stream && st->wish.what.p[0] >= '1' && st->wish.what.p[0] <= '6')
        net_sim_write(p->stream, bytes);
    else if (net_sim_deliver(&p->addr, s->ipv6[st->peer] ? &self.us6 : &self.us, bytes) != ERR_OK)
        return complain(st, "no such listener", st->at_ms);
    sim_settle();
    return true;
}

static struct generation *generation_of(struct scenario *s, const void **confs)
{
    struct generation *g = generation_new();
    struct core_conf *core = ARENA_NEW(&g->arena, struct core_conf);

    confs[0] = &s->conf;
    core->max_branches = 12;
    g->number = 1;
    g->core = core;
    g->confs = confs;
    return g;
}

static void stop_worker(void *arg)
{
    (void)arg;
    txn_worker_stop();
}

static void keep_line(enum log_level level, struct str line, void *ctx)
{
    struct scenario *s = ctx;

    (void)level;
    buf_add(&s->log_lines, line);
    buf_char(&s->log_lines, '\n');
    if (self.verbose || level <= LOG_BUG)
        printf("             " STR_FMT "\n", STR_ARG(line));
}

static bool match_log(struct scenario *s)
{
    struct str rest = buf_str(&s->log_lines);
    bool ok = true;

    for (size_t i = 0; i < s->n_logs; i++) {
        size_t at = str_search(rest, s->logs[i]);

        if (at == rest.n && s->logs[i].n) {
            printf("%s: the log does not show \"" STR_FMT "\" (or not in this order)\n", s->file,
                   STR_ARG(s->logs[i]));
            ok = false;
        } else {
            rest = str_skip(rest, at + s->logs[i].n);
        }
    }
    if (!ok)
        printf(STR_FMT, STR_ARG(buf_str(&s->log_lines)));
    return ok;
}

static bool play(struct scenario *s)
{
    bool ok = true;

    for (size_t i = 0; i < s->n_steps && ok; i++) {
        if (!s->steps[i].from_peer)
            continue;
        sim_run_until(self.begin_ms + s->steps[i].at_ms);
        ok = act(s, &s->steps[i]);
    }
    sim_run_until(self.begin_ms + s->settle_ms);
    ok &= match_all(s) && !self.strays;
    ok &= match_log(s);
    struct str logged = str_trim(buf_str(&s->logged));
    if (!str_eq(logged, s->log)) {
        printf("%s: the routes logged \"" STR_FMT "\"\n", s->file, STR_ARG(logged));
        ok = false;
    }
    struct txn_stats stats = txn_stats();
    if (stats.created != stats.freed) {
        printf("%s: %lld transactions were not freed\n", s->file,
               (long long)(stats.created - stats.freed));
        ok = false;
    }
    return ok;
}

/* UDP at 192.0.2.100, and what the scenario asks for besides. */
static void listen_on(const struct scenario *s, struct generation *g)
{
    struct socket_spec specs[4] = { { .proto = PROTO_UDP, .addr = self.us } };
    size_t n = 1;

    if (s->listen_tcp)
        specs[n++] = (struct socket_spec){ .proto = PROTO_TCP, .addr = self.us };
    if (s->listen_ipv6)
        specs[n++] = (struct socket_spec){ .proto = PROTO_UDP, .addr = self.us6 };
    world_listen(g, specs, n);
}

static struct generation *config_load(const struct scenario *s)
{
    struct diagnostics *d = diagnostics_new();
    struct load_options o = { .file = str_of(s->file), .text = s->config };
    struct generation *g = generation_new();
    struct buf out;
    err_t e;

    g->number = 1;
    e = program_load(&o, g, d);
    buf_init(&out, MEM_OTHER);
    diagnostics_print(d, &out, false);
    if (e)
        printf("%s\n" STR_FMT, s->file, STR_ARG(buf_str(&out)));
    buf_free(&out);
    diagnostics_free(d);
    if (e == ERR_OK)
        return g;
    obj_drop(g);
    return NULL;
}

static void start(struct scenario *s, struct generation *g)
{
    enum log_level level = log_get_level();
    struct buf why;

    if (!s->config.n) {
        generation_publish(g);
        txn_start(0);
        routes_use(s);
        return;
    }
    buf_init(&why, MEM_OTHER);
    ASSERT(world_start(g, &why) == ERR_OK);
    log_set_level(level); /* what scenarios look for, whatever debug= says */
    buf_free(&why);
}

static void stop(struct scenario *s)
{
    world_stop();
    for (unsigned i = 0; i < s->workers && !s->config.n; i++)
        sim_spawn(i, stop_worker, NULL);
    sim_settle();
}

static bool run(struct scenario *s)
{
    const void *confs[1];

    self.s = s;
    self.n = self.strays = 0;
    world_begin(s->workers, 3);
    net_sim_on_arrival(on_arrival, NULL);
    struct generation *g = s->config.n ? config_load(s) : generation_of(s, confs);
    if (!g)
        return false;
    ASSERT(addr_parse(STR("192.0.2.100"), 5060, &self.us) == ERR_OK);
    ASSERT(addr_parse(STR("[2001:db8::100]"), 5060, &self.us6) == ERR_OK);
    listen_on(s, g);
    names_use(s->names, s->n_names);
    net_sim_set_answer(s->refuse ? NET_SIM_REFUSE : NET_SIM_ACCEPT);
    start(s, g);
    sim_settle();
    self.begin_ms = sim_now_ms();
    log_to(keep_line, s);
    bool ok = play(s);
    log_to(NULL, NULL);
    stop(s);
    world_end();
    return ok;
}

static struct str read_file(const char *name, struct arena *a)
{
    FILE *f = fopen(name, "r");
    char space[65536];
    size_t n = f ? fread(space, 1, sizeof space, f) : 0;

    if (f)
        fclose(f);
    return arena_dup(a, (struct str){ space, n });
}

static bool run_file(const char *name)
{
    struct scenario *s = mem_zalloc(MEM_OTHER, sizeof *s);
    bool ok;

    arena_init(&s->arena, MEM_OTHER, 65536);
    buf_init(&s->logged, MEM_OTHER);
    buf_init(&s->log_lines, MEM_OTHER);
    struct str text = read_file(name, &s->arena);
    ok = text.n && scenario_read(s, name, text);
    if (!ok)
        printf("%s\n", text.n ? s->fault : "cannot be read");
    else
        ok = run(s);
    buf_free(&s->logged);
    buf_free(&s->log_lines);
    arena_free(&s->arena);
    mem_free(MEM_OTHER, s);
    return ok;
}

/* In a process of its own: modules are started once in each. */
static bool run_apart(const char *file)
{
    int status = 0;

    fflush(stdout);
    pid_t child = fork();
    ASSERT(child >= 0);
    if (child == 0) {
        bool ok = run_file(file);

        fflush(stdout);
        _exit(ok ? 0 : 1);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
    unsigned failed = 0;
    int first = 1;

    log_set_level(LOG_NOTICE);
    registry_init(linked_modules);
    if (argc > 1 && strcmp(argv[1], "-v") == 0) {
        self.verbose = true;
        log_set_level(LOG_DEBUG);
        first = 2;
    }
    for (int i = first; i < argc; i++) {
        bool ok = argc - first > 1 ? run_apart(argv[i]) : run_file(argv[i]);

        printf("%s %s\n", ok ? "ok    " : "FAILED", argv[i]);
        failed += !ok;
    }
    return failed != 0;
}
