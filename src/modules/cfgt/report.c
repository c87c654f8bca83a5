/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/cfgt/report.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "rt/offload.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

struct scenario {
    struct scenario *next;
    struct str name;
    uint64_t messages;
};
static struct {
    pthread_mutex_t lock;
    struct scenario *scenarios;
    size_t n;
    struct offload_queue *queue;
} self = { .lock = PTHREAD_MUTEX_INITIALIZER };

void reports_init(void)
{
    self.queue = offload_queue_new("cfgt");
}

/* It becomes the name of a folder: a peer chose it. */
static bool fits_a_name(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
           ch == '-' || ch == '_';
}

struct str scenario_of(struct str call_id, struct str prefix, struct arena *a)
{
    struct str name, copy;

    if (!prefix.n || !str_starts(call_id, prefix))
        return STR_NONE;
    name = str_skip(call_id, prefix.n);
    name.n = str_find(name, prefix.p[prefix.n - 1]);
    if (name.n > SCENARIO_NAME_MAX)
        name.n = SCENARIO_NAME_MAX;
    if (!name.n)
        return STR_NONE;
    copy = arena_dup(a, name);
    for (size_t i = 0; i < copy.n; i++)
        if (!fits_a_name(copy.p[i]))
            ((char *)(uintptr_t)copy.p)[i] = '_';
    return copy;
}

uint64_t scenario_next(struct str name)
{
    struct scenario *s;
    uint64_t number = 0;

    pthread_mutex_lock(&self.lock);
    for (s = self.scenarios; s && !str_eq(s->name, name);)
        s = s->next;
    if (!s && self.n < SCENARIOS_MAX) {
        s = mem_zalloc(MEM_MODULE, sizeof *s);
        s->name = mem_dup(MEM_MODULE, name);
        s->next = self.scenarios;
        self.scenarios = s;
        self.n++;
    }
    if (s)
        number = ++s->messages;
    pthread_mutex_unlock(&self.lock);
    return number;
}

void scenarios_each(void (*fn)(struct str scenario, uint64_t messages, void *arg), void *arg)
{
    pthread_mutex_lock(&self.lock);
    for (const struct scenario *s = self.scenarios; s; s = s->next)
        fn(s->name, s->messages, arg);
    pthread_mutex_unlock(&self.lock);
}

/* ---- files ---- */

struct job {
    struct buf folder, path, text; /* the first two NUL-terminated */
};

static void write_file(void *arg)
{
    struct job *j = arg;
    err_t e = ERR_IO;
    int fd;

    if (mkdir(j->folder.p, 0750) == 0 || errno == EEXIST) {
        fd = open(j->path.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
        if (fd >= 0) {
            e = file_write_all(fd, buf_str(&j->text));
            close(fd);
        }
    }
    if (e)
        log_error("cfgt", "%s cannot be written", j->path.p);
    buf_free(&j->folder);
    buf_free(&j->path);
    buf_free(&j->text);
    mem_free(MEM_MODULE, j);
}

static void print_path(struct buf *b, struct str basedir, struct str scenario, uint64_t number)
{
    buf_fmt(b, STR_FMT "/" STR_FMT, STR_ARG(basedir), STR_ARG(scenario));
    if (number)
        buf_fmt(b, "/%llu.json", (unsigned long long)number);
    buf_char(b, '\0');
}

void report_write(struct str basedir, struct str scenario, uint64_t number, struct str text)
{
    struct job *j = mem_zalloc(MEM_MODULE, sizeof *j);

    buf_init(&j->folder, MEM_MODULE);
    buf_init(&j->path, MEM_MODULE);
    buf_init(&j->text, MEM_MODULE);
    print_path(&j->folder, basedir, scenario, 0);
    print_path(&j->path, basedir, scenario, number);
    buf_add(&j->text, text);
    offload_queue_post(self.queue, write_file, j);
}

/* ---- removing ---- */

struct cleaning {
    struct str basedir;
    struct scenario *first;
};

static void remove_files(void *arg)
{
    struct cleaning *c = arg;

    for (struct scenario *s = c->first; s; s = s->next) {
        struct buf path;

        buf_init(&path, MEM_MODULE);
        for (uint64_t i = 1; i <= s->messages; i++) {
            buf_clear(&path);
            print_path(&path, c->basedir, s->name, i);
            (void)unlink(path.p);
        }
        buf_clear(&path);
        print_path(&path, c->basedir, s->name, 0);
        (void)rmdir(path.p);
        buf_free(&path);
    }
}

bool reports_clean(struct str basedir, struct str name)
{
    struct cleaning c = { .basedir = basedir };
    struct scenario **at = &self.scenarios, *s;

    pthread_mutex_lock(&self.lock);
    while ((s = *at) != NULL) {
        if (!str_eq(name, STR("all")) && !str_eq(name, s->name)) {
            at = &s->next;
            continue;
        }
        *at = s->next;
        s->next = c.first;
        c.first = s;
        self.n--;
    }
    pthread_mutex_unlock(&self.lock);
    offload_queue_run(self.queue, remove_files, &c);
    if (!c.first)
        return str_eq(name, STR("all"));
    while ((s = c.first) != NULL) {
        c.first = s->next;
        mem_free(MEM_MODULE, (void *)(uintptr_t)s->name.p);
        mem_free(MEM_MODULE, s);
    }
    return true;
}

void reports_end(void)
{
    struct scenario *s;

    offload_queue_free(self.queue);
    self.queue = NULL;
    while ((s = self.scenarios) != NULL) {
        self.scenarios = s->next;
        mem_free(MEM_MODULE, (void *)(uintptr_t)s->name.p);
        mem_free(MEM_MODULE, s);
    }
    self.n = 0;
}
