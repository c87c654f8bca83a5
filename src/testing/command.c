/* SPDX-License-Identifier: BSD-2-Clause */
/* `tandem test FILE…`: reads test files, loads their configurations, plays each test in a process
 * of its own, and tells the results. docs/testing.md */
#include "server/command.h"
#include "base/clock.h"
#include "module/registry.h"
#include "server/wiring.h"
#include "testing/report.h"
#include <fnmatch.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { JOBS_MAX = 64, LIMIT_S = 10, LINES_MAX = 65536, EXIT_FAULT = 2 };

/* One test that plays. */
struct job {
    const struct test *test;
    pid_t pid;
    int fd;
    int64_t began_us;
    struct buf got;
    struct progress *progress; /* shared with the child */
};

struct settings {
    const char *filter;
    const char *defines[64]; /* -A */
    size_t n_defines;
    bool list, coverage;
    int64_t jobs, limit_s;
    struct report report;
};

struct run {
    const struct settings *set;
    struct report *report;
    struct plan *plan;
    struct job jobs[JOBS_MAX];
    struct outcome_of *outcomes; /* in order of the tests */
    uint8_t *coverage;           /* shared; of the variant that plays */
};

static void *shared(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    ASSERT(p != MAP_FAILED);
    return p;
}

/* ---- children ---- */

static void write_all(int fd, const void *p, size_t n)
{
    while (n) {
        ssize_t done = write(fd, p, n);

        if (done <= 0)
            return;
        p = (const char *)p + done;
        n -= (size_t)done;
    }
}

static void play_in_child(struct run *r, const struct job *j, int fd)
{
    struct verdict v;
    struct buf out;

    buf_init(&out, MEM_OTHER);
    v = test_play(r->plan, j->test, r->coverage, j->progress, &out);
    write_all(fd, &v, sizeof v);
    write_all(fd, out.p, out.n);
    fflush(NULL);
    _exit(0);
}

static void begin(struct run *r, struct job *j, const struct test *t)
{
    int fds[2];

    ASSERT(pipe(fds) == 0);
    fflush(NULL);
    j->test = t;
    j->began_us = clock_unix_us();
    j->progress->line = t->at.line;
    buf_init(&j->got, MEM_OTHER);
    j->pid = fork();
    ASSERT(j->pid >= 0);
    if (j->pid == 0) {
        close(fds[0]);
        play_in_child(r, j, fds[1]);
    }
    close(fds[1]);
    j->fd = fds[0];
}

static void died(const struct run *r, const struct job *j, int status, struct buf *why)
{
    struct place at = { .source = &r->plan->source, .line = j->progress->line, .col = 1 };
    struct str step = str_trim(source_line(&at));

    buf_fmt(why, STR_FMT ":%u: " STR_FMT "\n    ", STR_ARG(r->plan->source.name), at.line,
            STR_ARG(step));
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        buf_fmt(why, "this step did not end within %lld s of real time: does the script loop?\n",
                (long long)r->set->limit_s);
    else if (WIFSIGNALED(status))
        buf_fmt(why, "the server died of signal %d (%s) in this step\n", WTERMSIG(status),
                strsignal(WTERMSIG(status)));
    else
        buf_fmt(why, "the server ended with code %d in this step\n", WEXITSTATUS(status));
}

static void end(struct run *r, struct job *j)
{
    struct outcome_of *o = r->outcomes;
    struct verdict v = { 0 };
    struct buf why;
    int status = 0;

    close(j->fd);
    waitpid(j->pid, &status, 0);
    while (o->test != j->test)
        o++;
    buf_init(&why, MEM_OTHER);
    if (j->got.n >= sizeof v && WIFEXITED(status) && !WEXITSTATUS(status)) {
        memcpy(&v, j->got.p, sizeof v);
        buf_add(&why, str_skip(buf_str(&j->got), sizeof v));
    } else {
        died(r, j, status, &why);
    }
    o->verdict = v;
    o->real_us = clock_unix_us() - j->began_us;
    o->text = arena_dup(&r->plan->arena, buf_str(&why));
    buf_free(&why);
    buf_free(&j->got);
    j->test = NULL;
}

/* Reads what children have to say; kills those that take too long. */
static void attend(struct run *r, size_t n)
{
    struct pollfd fds[JOBS_MAX];
    int64_t now;

    for (size_t i = 0; i < n; i++)
        fds[i] = (struct pollfd){ .fd = r->jobs[i].test ? r->jobs[i].fd : -1, .events = POLLIN };
    (void)poll(fds, n, 100);
    now = clock_unix_us();
    for (size_t i = 0; i < n; i++) {
        struct job *j = &r->jobs[i];

        if (!j->test)
            continue;
        if (fds[i].revents) {
            char *room = buf_room(&j->got, 65536);
            ssize_t got = read(j->fd, room, 65536);

            if (got > 0)
                j->got.n += (size_t)got;
            else
                end(r, j);
        } else if (now - j->began_us > r->set->limit_s * 1000000) {
            kill(j->pid, SIGKILL);
            end(r, j);
        }
    }
}

static bool any_plays(const struct run *r, size_t n, struct job **idle)
{
    bool plays = false;

    *idle = NULL;
    for (size_t i = 0; i < n; i++) {
        if (r->jobs[i].test)
            plays = true;
        else
            *idle = (struct job *)(uintptr_t)&r->jobs[i];
    }
    return plays;
}

/* ---- tests ---- */

static bool chosen(const struct settings *set, const struct test *t)
{
    char pattern[256];

    if (!set->filter)
        return true;
    snprintf(pattern, sizeof pattern, "*%s*", set->filter);
    return fnmatch(pattern, t->name.p, FNM_CASEFOLD) == 0;
}

/* Variant after variant, so that the pages of one stay warm and coverage has its own. */
static void play_variant(struct run *r, const struct variant *v)
{
    size_t jobs = (size_t)r->set->jobs;
    const struct test *next = r->plan->tests;
    struct job *idle;

    for (;;) {
        while (next && (next->variant != v || !chosen(r->set, next)))
            next = next->next;
        if (!any_plays(r, jobs, &idle) && !next)
            return;
        if (next && idle) {
            begin(r, idle, next);
            next = next->next;
            continue;
        }
        attend(r, jobs);
    }
}

static void merge_coverage(const struct run *r, struct variant *v)
{
    unsigned line, n = 0;

    while (n < LINES_MAX && program_line(v->generation, n, &line))
        n++;
    report_coverage(v, r->coverage, n);
    memset(r->coverage, 0, LINES_MAX);
}

static void tell(const struct run *r, struct str file)
{
    report_file(r->report, file);
    for (const struct outcome_of *o = r->outcomes; o->test; o++)
        if (chosen(r->set, o->test))
            report_test(r->report, file, o);
    report_file_end(r->report);
}

static void play_all(struct settings *set, struct plan *p)
{
    struct run r = { .set = set, .plan = p, .report = &set->report };
    struct progress *progress = shared(JOBS_MAX * sizeof *progress);
    size_t i = 0;

    r.outcomes = ARENA_ARRAY(&p->arena, struct outcome_of, p->n_tests + 1);
    for (const struct test *t = p->tests; t; t = t->next)
        r.outcomes[i++].test = t;
    for (i = 0; i < JOBS_MAX; i++)
        r.jobs[i].progress = &progress[i];
    if (set->coverage)
        r.coverage = shared(LINES_MAX);
    for (struct variant *v = p->variants; v; v = v->next) {
        play_variant(&r, v);
        if (set->coverage)
            merge_coverage(&r, v);
    }
    tell(&r, p->source.name);
    if (set->coverage)
        munmap(r.coverage, LINES_MAX);
    munmap(progress, JOBS_MAX * sizeof *progress);
}

/* ---- files ---- */

static bool read_file(const char *name, struct buf *out)
{
    FILE *f = fopen(name, "r");
    size_t n;

    buf_init(out, MEM_CONFIG);
    if (!f)
        return false;
    do {
        char *room = buf_room(out, 65536);

        n = fread(room, 1, 65536, f);
        out->n += n;
    } while (n && out->n <= TEST_FILE_MAX);
    fclose(f);
    return true;
}

static bool load(struct plan *p)
{
    struct buf out;

    for (struct variant *v = p->variants; v && !diagnostics_faults(p->diag); v = v->next)
        variant_load(p, v);
    if (!diagnostics_faults(p->diag))
        return true;
    buf_init(&out, MEM_CONFIG);
    diagnostics_print(p->diag, &out, isatty(2));
    fwrite(out.p, 1, out.n, stderr);
    buf_free(&out);
    return false;
}

static size_t count(const struct settings *set, const struct plan *p)
{
    size_t n = 0;

    for (const struct test *t = p->tests; t; t = t->next)
        n += chosen(set, t);
    return n;
}

static int read_plans(const struct settings *set, char **files, size_t n, struct plan *plans,
                      struct buf *texts, size_t *tests)
{
    for (size_t i = 0; i < n; i++) {
        plan_init(&plans[i]);
        for (size_t k = 0; k < set->n_defines; k++)
            plan_define(&plans[i], str_of(set->defines[k]));
        if (!read_file(files[i], &texts[i])) {
            fprintf(stderr, "tandem test: cannot read %s\n", files[i]);
            return EXIT_FAULT;
        }
        plan_read(&plans[i], str_of(files[i]), buf_str(&texts[i]));
        if (!load(&plans[i]))
            return EXIT_FAULT;
        *tests += count(set, &plans[i]);
    }
    return 0;
}

static int run_files(struct settings *set, char **files, size_t n)
{
    struct plan *plans = mem_zalloc(MEM_CONFIG, (n + 1) * sizeof *plans);
    struct buf *texts = mem_zalloc(MEM_CONFIG, (n + 1) * sizeof *texts);
    int64_t began = clock_unix_us();
    size_t tests = 0;
    int code = read_plans(set, files, n, plans, texts, &tests);

    if (!code && set->list) {
        for (size_t i = 0; i < n; i++)
            for (const struct test *t = plans[i].tests; t; t = t->next)
                if (chosen(set, t))
                    printf("%s:%u: " STR_FMT "\n", files[i], t->at.line, STR_ARG(t->name));
    } else if (!code) {
        report_begin(&set->report, tests);
        for (size_t i = 0; i < n; i++)
            play_all(set, &plans[i]);
        if (!report_end(&set->report, clock_unix_us() - began))
            code = EXIT_FAULT;
        if (!code)
            code = set->report.failed > 0;
        if (!code && !tests) {
            fprintf(stderr, "tandem test: there is no such test\n");
            code = EXIT_FAULT;
        }
    }
    for (size_t i = 0; i < n; i++) {
        plan_free(&plans[i]);
        buf_free(&texts[i]);
    }
    mem_free(MEM_CONFIG, plans);
    mem_free(MEM_CONFIG, texts);
    return code;
}

/* ---- the command ---- */

static const char help[] =
    "usage: tandem test [options] FILE...\n\n"
    "Plays the tests of each FILE against the configuration that it names.\n\n"
    "  -v, --verbose          tell of tests that passed, too\n"
    "  -f, --filter=PATTERN   only tests whose name holds PATTERN (* and ? stand for others)\n"
    "  -l, --list             list the tests\n"
    "  -A NAME[=VALUE]        define for the configurations\n"
    "  -j, --jobs=N           so many tests at a time (default: one per processor)\n"
    "      --junit=FILE       write the results as JUnit XML\n"
    "      --tap              print the results as TAP\n"
    "      --coverage         tell which lines of the routes did not run\n"
    "      --limit=SECONDS    real time that one test may take (default 10)\n\n"
    "Exit code: 0 all passed, 1 some failed, 2 a test file or a configuration is wrong.\n";

static bool read_count(const char *option, const char *text, int64_t max, int64_t *out)
{
    if (str_to_i64(str_of(text), out) == ERR_OK && *out > 0 && *out <= max)
        return true;
    fprintf(stderr, "tandem test: option --%s: expected a number from 1 to %lld, got \"%s\"\n",
            option, (long long)max, text);
    return false;
}

static bool read_options(int argc, char **argv, struct settings *set)
{
    static const struct option longs[] = {
        { "verbose", 0, 0, 'v' }, { "filter", 1, 0, 'f' },
        { "list", 0, 0, 'l' },    { "jobs", 1, 0, 'j' },
        { "junit", 1, 0, 'J' },   { "tap", 0, 0, 'T' },
        { "help", 0, 0, 'h' },    { "coverage", 0, 0, 'C' },
        { "limit", 1, 0, 'L' },   { 0 },
    };
    int got;

    optind = 1;
    while ((got = getopt_long(argc, argv, "vf:lj:A:h", longs, NULL)) != -1) {
        switch (got) {
        case 'v': set->report.verbose = true; break;
        case 'f': set->filter = optarg; break;
        case 'l': set->list = true; break;
        case 'A':
            if (set->n_defines < sizeof set->defines / sizeof *set->defines)
                set->defines[set->n_defines++] = optarg;
            break;
        case 'J': set->report.junit = optarg; break;
        case 'T': set->report.tap = true; break;
        case 'C': set->coverage = true; break;
        case 'j':
            if (!read_count("jobs", optarg, JOBS_MAX, &set->jobs))
                return false;
            break;
        case 'L':
            if (!read_count("limit", optarg, 86400, &set->limit_s))
                return false;
            break;
        case 'h': fputs(help, stdout); return true;
        default: fprintf(stderr, "tandem test: try \"tandem test --help\"\n"); return false;
        }
    }
    if (optind < argc)
        return true;
    fprintf(stderr, "tandem test: which file? Try \"tandem test --help\"\n");
    return false;
}

static int command_test(int argc, char **argv)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    struct settings set = { .jobs = cpus > 0 && cpus <= JOBS_MAX ? cpus : 2, .limit_s = LIMIT_S };

    if (!read_options(argc, argv, &set))
        return EXIT_FAULT;
    if (optind == argc)
        return 0; /* help */
    registry_init(linked_modules);
    wiring_register();
    return run_files(&set, argv + optind, (size_t)(argc - optind));
}

const struct command server_commands[] = {
    { "test", "plays tests beside a configuration; tandem test --help", command_test },
    { 0 },
};
