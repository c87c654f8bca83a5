/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"
#include "base/buf.h"
#include "base/log_syslog.h"
#include <stdatomic.h>
#include <unistd.h>

enum { AREAS_MAX = 64, AREA_NAME_MAX = 32 };

static struct {
    atomic_int level;
    /* Areas with a level of their own; the first `n_areas` do not change their names. */
    struct {
        char name[AREA_NAME_MAX];
        atomic_int level;
    } areas[AREAS_MAX];
    atomic_uint n_areas;
    atomic_int highest; /* of all levels: what log_on compares with */
    enum { TO_STDERR, TO_SYSLOG } target;
    bool colour;
    void (*sink)(enum log_level level, struct str line, void *ctx);
    void *ctx;
    void (*_Atomic engine)(enum log_level level, struct str line);
} self = { .level = LOG_WARN, .highest = LOG_WARN };
static _Thread_local struct {
    char prefix[256];
    size_t n;
} mine;

static const struct {
    const char *name, *colour;
} levels[] = {
    /* from LOG_ALERT */
    { "ALERT", "\033[7;31m" },  { "BUG", "\033[7;31m" },
    { "CRITICAL", "\033[31m" }, { "NONE", "" },
    { "ERROR", "\033[31m" },    { "WARNING", "\033[33m" },
    { "NOTICE", "\033[1m" },    { "INFO", "" },
    { "DEBUG", "\033[2m" },
};

static unsigned row_of(enum log_level level)
{
    return level < LOG_ALERT ? 0 : level > LOG_DEBUG ? 8 : (unsigned)(level - LOG_ALERT);
}

const char *log_level_name(enum log_level level)
{
    return levels[row_of(level)].name;
}

static void find_highest(void)
{
    int highest = atomic_load(&self.level);

    for (unsigned i = 0; i < atomic_load(&self.n_areas); i++) {
        int level = atomic_load(&self.areas[i].level);

        highest = level > highest && level != LOG_NONE_OWN ? level : highest;
    }
    atomic_store(&self.highest, highest);
}

void log_set_level(enum log_level level)
{
    atomic_store(&self.level, (int)level);
    find_highest();
}

static atomic_int *level_of_area(const char *area)
{
    unsigned n = atomic_load_explicit(&self.n_areas, memory_order_acquire);

    for (unsigned i = 0; i < n; i++)
        if (strcmp(self.areas[i].name, area) == 0)
            return &self.areas[i].level;
    return NULL;
}

err_t log_set_area_level(const char *area, int level)
{
    atomic_int *at = level_of_area(area);
    unsigned n = atomic_load(&self.n_areas);

    if (!at) {
        if (n == AREAS_MAX || strlen(area) >= AREA_NAME_MAX)
            return ERR_LIMIT;
        strcpy(self.areas[n].name, area);
        at = &self.areas[n].level;
        atomic_store(at, level);
        atomic_store_explicit(&self.n_areas, n + 1, memory_order_release);
    }
    atomic_store(at, level);
    find_highest();
    return ERR_OK;
}

int log_get_area_level(const char *area)
{
    atomic_int *at = level_of_area(area);

    return at ? atomic_load_explicit(at, memory_order_relaxed) : LOG_NONE_OWN;
}

static bool area_on(enum log_level level, const char *area)
{
    int own = log_get_area_level(area);

    return (int)level <= (own == LOG_NONE_OWN ? (int)log_get_level() : own);
}

enum log_level log_get_level(void)
{
    return (enum log_level)atomic_load_explicit(&self.level, memory_order_relaxed);
}

bool log_on(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&self.highest, memory_order_relaxed);
}

void log_to_stderr(bool colour)
{
    self.target = TO_STDERR;
    self.colour = colour;
}

void log_to_syslog(const char *ident, int facility)
{
    syslog_open(ident, facility);
    self.target = TO_SYSLOG;
}

void log_to(void (*sink)(enum log_level level, struct str line, void *ctx), void *ctx)
{
    self.sink = sink;
    self.ctx = ctx;
}

void log_engine(void (*send)(enum log_level level, struct str line))
{
    atomic_store_explicit(&self.engine, send, memory_order_release);
}

void log_set_prefix(struct str prefix)
{
    mine.n = prefix.n < sizeof mine.prefix ? prefix.n : sizeof mine.prefix;
    if (mine.n)
        memcpy(mine.prefix, prefix.p, mine.n);
}

/* Adds `text` with what could forge a line or drive a terminal written as an escape. */
static void add_escaped(struct buf *b, struct str text)
{
    size_t plain = 0; /* start of what is not added yet */

    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];

        if ((c >= ' ' && c != 0x7f) || c == '\t')
            continue;
        buf_add(b, str_cut(text, plain, i));
        plain = i + 1;
        if (c == '\n')
            buf_addz(b, "\\n");
        else if (c == '\r')
            buf_addz(b, "\\r");
        else
            buf_fmt(b, "\\x%02x", c);
    }
    buf_add(b, str_cut(text, plain, text.n));
}

/* One write, so that lines of several threads do not mix. */
static void write_stderr(enum log_level level, struct str line)
{
    const char *colour = self.colour ? levels[row_of(level)].colour : "";
    struct buf b;
    size_t done = 0;

    buf_init(&b, MEM_OTHER);
    buf_addz(&b, colour);
    buf_add(&b, line);
    buf_addz(&b, *colour ? "\033[0m\n" : "\n");
    while (done < b.n) {
        ssize_t n = write(STDERR_FILENO, b.p + done, b.n - done);

        if (n <= 0)
            break; /* there is nowhere left to complain */
        done += (size_t)n;
    }
    buf_free(&b);
}

static void deliver(enum log_level level, struct buf *line)
{
    void (*engine)(enum log_level level, struct str line) =
        atomic_load_explicit(&self.engine, memory_order_acquire);

    if (self.sink) {
        self.sink(level, buf_str(line), self.ctx);
    } else if (self.target == TO_SYSLOG && engine) {
        engine(level, buf_str(line));
    } else if (self.target == TO_SYSLOG) {
        buf_char(line, '\0');
        syslog_line((int)level, line->p);
    } else {
        write_stderr(level, buf_str(line));
    }
}

void log_vwrite(enum log_level level, const char *area, const char *format, va_list ap)
{
    struct buf raw, line;
    struct str text;

    if (!log_on(level) || !area_on(level, area))
        return;
    buf_init(&raw, MEM_OTHER);
    buf_init(&line, MEM_OTHER);
    buf_vfmt(&raw, format, ap);
    text = buf_str(&raw);
    while (text.n && (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
        text.n--;
    buf_fmt(&line, "%s: %s: ", log_level_name(level), area);
    if (mine.n)
        add_escaped(&line, (struct str){ mine.prefix, mine.n });
    add_escaped(&line, text);
    deliver(level, &line);
    buf_free(&raw);
    buf_free(&line);
}

void log_write(enum log_level level, const char *area, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    log_vwrite(level, area, format, ap);
    va_end(ap);
}
