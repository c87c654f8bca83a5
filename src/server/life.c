/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of the serving process: start, reload, stop. docs/ARCHITECTURE.md tells it in order. */
#include "server/life.h"
#include "base/clock.h"
#include "base/log.h"
#include "control/control.h"
#include "core/call.h"
#include "core/cfg.h"
#include "net/dns.h"
#include "net/net.h"
#include "rt/offload.h"
#include "server/load.h"
#include "server/modules.h"
#include "server/privileges.h"
#include "server/supervisor.h"
#include "server/version.h"
#include "server/wiring.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/sysinfo.h>
#include <unistd.h>

enum { OFFLOAD_THREADS = 8, DEFAULT_CAP_PERCENT = 75 };

static struct {
    const struct options *options;
    pthread_mutex_t loading;            /* one reload at a time */
    bool stopping;                      /* under it */
    _Atomic(uint64_t) reloads, refused; /* also read by workers */
    int64_t started_unix;
    char rundir[256];
} self = { .loading = PTHREAD_MUTEX_INITIALIZER };

/* --- what the configuration decides for the process ------------------------------------------ */

static unsigned worker_count(const struct core_conf *core)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    int64_t wanted = self.options->workers;

    if (!wanted) {
        wanted = cpus > 0 ? cpus : 1;
        if (core->workers > 0 && core->workers < wanted)
            wanted = core->workers;
    }
    return wanted > WORKERS_MAX ? WORKERS_MAX : (unsigned)wanted;
}

/* -m and -M size memory pools elsewhere; here they say how much the whole process may use. */
static void set_memory_cap(const struct core_conf *core, unsigned workers)
{
    const struct options *o = self.options;
    int64_t mb = o->shared_mb + o->private_mb * workers;

    if (!mb)
        mb = core->memory_cap_mb;
    if (!mb) {
        struct sysinfo info;
        if (sysinfo(&info))
            return;
        mb = (int64_t)(info.totalram / 100 * info.mem_unit >> 20) * DEFAULT_CAP_PERCENT;
    }
    mem_set_cap((size_t)mb << 20);
}

static void set_logging(const struct core_conf *core)
{
    int facility = log_facility_named(core->log_facility);

    log_set_level((enum log_level)core->debug);
    if (self.options->log_stderror || core->log_stderror)
        log_to_stderr(self.options->log_colour || core->log_color);
    else
        log_to_syslog(core->log_name.n ? arena_dup(&generation_peek()->arena, core->log_name).p
                                       : "tandem",
                      facility < 0 ? log_facility_named(STR("LOG_DAEMON")) : facility);
}

/* Everything in the process that follows the current generation. */
static void adopt(const struct generation *g)
{
    cfg_adopt(g->core);
    addr_set_style(g->core->ipv6_style);
    modules_adopt(g);
}

/* Opens the sockets that a generation wants and lets it know them. */
static err_t take_sockets(struct candidate *k, struct buf *report)
{
    struct generation *g = k->generation;
    const struct listeners *open;
    err_t e = listeners_apply(k->sockets, k->n_sockets, report);

    if (e)
        return e;
    open = listeners_now();
    g->listeners = ARENA_ARRAY(&g->arena, struct listener *, open->n + 1);
    for (size_t i = 0; i < open->n; i++)
        g->listeners[g->n_listeners++] = open->at[i];
    return ERR_OK;
}

/* --- reload ----------------------------------------------------------------------------------- */

static err_t swap_in(struct candidate *k, struct buf *report)
{
    struct generation *g = k->generation;
    err_t e = modules_start(g, report);

    if (!e)
        e = modules_join_workers(g, report);
    if (e)
        return e;
    e = take_sockets(k, report);
    if (e) {
        modules_roll_back();
        return e;
    }
    generation_publish(obj_hold(g));
    wiring_declare(g);
    adopt(g);
    return ERR_OK;
}

static struct load_options options_for(struct str file)
{
    struct load_options o = self.options->load;

    if (file.p)
        o.file = file;
    return o;
}

err_t life_reload(struct str file, struct buf *report)
{
    struct load_options o = options_for(file);
    struct candidate k;
    err_t e;

    pthread_mutex_lock(&self.loading);
    e = self.stopping ? ERR_CANCELED : candidate_build(&o, &k, report);
    if (!e) {
        e = swap_in(&k, report);
        obj_drop(k.generation);
    }
    if (e)
        self.refused++;
    else
        self.reloads++;
    pthread_mutex_unlock(&self.loading);
    return e;
}

/* Only reads and checks. */
static err_t life_check(struct str file, struct buf *report)
{
    struct load_options o = options_for(file);
    struct candidate k;
    err_t e = candidate_build(&o, &k, report);

    if (!e)
        obj_drop(k.generation);
    return e;
}

/* The control floor asks from a worker: the work is done on an offload thread. */
struct load_job {
    err_t (*run)(struct str file, struct buf *report);
    struct str file;
    struct buf *report;
    err_t result;
};

static void run_load_job(void *arg)
{
    struct load_job *j = arg;
    j->result = j->run(j->file, j->report);
}

static err_t reload_from_worker(struct str file, struct buf *why)
{
    struct load_job j = { .run = life_reload, .file = file, .report = why };
    offload_run(run_load_job, &j);
    return j.result;
}

static err_t check_from_worker(struct str file, struct buf *why)
{
    struct load_job j = { .run = life_check, .file = file, .report = why };
    offload_run(run_load_job, &j);
    return j.result;
}

static const struct module *const *current_modules(size_t *n)
{
    const struct generation *g = generation_peek();

    *n = g ? g->n_modules : 0;
    return g ? g->modules : NULL;
}

static void fill_status(struct control_status *out)
{
    const struct generation *g = generation_peek();

    *out = (struct control_status){ .generation = g->number,
                                    .alive = generations_alive(),
                                    .loaded_unix = g->loaded_unix,
                                    .file = g->file,
                                    .reloads = self.reloads,
                                    .refused = self.refused };
}

static void ask_to_stop(void)
{
    kill(getpid(), SIGTERM);
}

static struct str rundir(void)
{
    return str_of(self.rundir);
}

static void fill_control_host(void)
{
    control_host = (struct control_host){
        .argc = self.options->argc,
        .argv = self.options->argv,
        .started_unix = self.started_unix,
        .name = "tandem",
        .modules = current_modules,
        .reload = reload_from_worker,
        .check = check_from_worker,
        .stop = ask_to_stop,
        .status = fill_status,
        .rundir = rundir,
        .each_alias = wiring_each_alias,
        .each_define = wiring_each_define,
        .realm = wiring_realm,
        .set_param = wiring_set_param,
    };
}

/* --- start ------------------------------------------------------------------------------------ */

static void choose_rundir(const struct core_conf *core)
{
    struct str dir = self.options->rundir ? str_of(self.options->rundir)
                     : core->rundir.n     ? core->rundir
                                          : STR(TANDEM_DEFAULT_RUNDIR);

    snprintf(self.rundir, sizeof self.rundir, STR_FMT, STR_ARG(dir));
}

static err_t begin_worker(void *arg)
{
    const struct generation *g = arg;
    struct buf why;
    err_t e = net_worker_begin();

    schedule_worker(g->core);
    worker_at_exit(wiring_worker_end, NULL);
    if (!e)
        e = dns_worker_begin();
    if (!e)
        e = modules_begin_worker(g);
    if (e || worker_index(worker_self()) != 0)
        return e;
    call_run_event(NULL, "core:worker-one-init");
    buf_init(&why, MEM_OTHER);
    if (control_socket_open(STR_NONE, &why) != ERR_OK)
        log_warn("server", "no control socket: " STR_FMT, STR_ARG(buf_str(&why)));
    buf_free(&why);
    return ERR_OK;
}

static err_t end_worker(void *arg)
{
    (void)arg;
    modules_end_worker();
    if (worker_index(worker_self()) == 0)
        control_socket_close();
    return ERR_OK;
}

static err_t start(struct candidate *k, struct buf *report)
{
    struct generation *g = k->generation;
    unsigned workers = worker_count(g->core);
    err_t e;

    choose_rundir(g->core);
    if (!prepare_rundir(self.options, g->core, self.rundir, report))
        return ERR_IO;
    workers_init(workers);
    offload_init(OFFLOAD_THREADS);
    wiring_begin(&g->core->net);
    control_begin();
    set_memory_cap(g->core, workers);
    e = take_sockets(k, report);
    if (e)
        return e;
    generation_publish(obj_hold(g));
    wiring_declare(g);
    set_logging(g->core);
    if (!drop_privileges(self.options, g->core, report))
        return ERR_DENIED;
    e = modules_start(g, report);
    if (e)
        return e;
    adopt(g);
    e = workers_start(begin_worker, g);
    if (e)
        buf_fmt(report, "a worker could not start: %s\n", err_text(e));
    return e;
}

/* --- serve ------------------------------------------------------------------------------------ */

static void handled_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGUSR1);
}

static void reload_on_signal(void)
{
    struct buf report;
    err_t e;

    buf_init(&report, MEM_CONTROL);
    e = life_reload(STR_NONE, &report);
    for (struct str rest = buf_str(&report); rest.n;) {
        struct str line = str_split(&rest, '\n');
        if (line.n)
            log_at(e ? LOG_ERROR : LOG_WARN, "server", STR_FMT, STR_ARG(line));
    }
    if (e)
        log_error("server", "the new configuration was refused; the running one stays");
    else
        log_notice("server", "the new configuration is in force");
    buf_free(&report);
}

static void serve(void)
{
    sigset_t set;
    int number;

    handled_signals(&set);
    for (;;) {
        if (sigwait(&set, &number))
            continue;
        if (number == SIGTERM || number == SIGINT)
            return;
        if (number == SIGHUP)
            reload_on_signal();
    }
}

static void stop(void)
{
    int64_t wait_ms;

    pthread_mutex_lock(&self.loading); /* no module is started any more */
    self.stopping = true;
    wait_ms = generation_peek()->core->exit_timeout * 1000;
    pthread_mutex_unlock(&self.loading);
    if (workers_each(end_worker, NULL) != ERR_OK)
        log_warn("server", "a worker did not end in good order");
    workers_stop(wait_ms > 0 ? wait_ms : 1000);
    modules_stop();
    net_end();
    dns_end();
    offload_stop();
    generation_end();
}

static void print_report(struct buf *report)
{
    fwrite(report->p, 1, report->n, stderr);
    buf_free(report);
}

int life_run(const struct options *o, int ready)
{
    struct candidate k;
    struct buf report;
    sigset_t set;
    err_t e;

    handled_signals(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    self.options = o;
    self.started_unix = clock_unix();
    buf_init(&report, MEM_CONFIG);
    snprintf(self.rundir, sizeof self.rundir, "%s", o->rundir ? o->rundir : TANDEM_DEFAULT_RUNDIR);
    fill_control_host();
    wiring_register();
    e = candidate_build(&o->load, &k, &report);
    if (!e)
        e = start(&k, &report);
    print_report(&report);
    if (e) {
        fprintf(stderr, "tandem: not started\n");
        return 1;
    }
    obj_drop(k.generation);
    write_pid_files(o);
    if (ready >= 0) {
        if (write(ready, "", 1) != 1)
            log_warn("server", "nobody waited for the start");
        close(ready);
        if (!o->log_stderror)
            detach_stdio();
    }
    log_notice("server", "tandem %s serves with %u workers", TANDEM_VERSION, workers_count());
    serve();
    log_notice("server", "stopping");
    stop();
    remove_pid_files(o);
    return 0;
}
