/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"
#include "base/buf.h"
#include "base/log_syslog.h"
#include <stdatomic.h>
#include <unistd.h>

enum { AREAS_MAX = 64, AREA_NAME_MAX = 32 };

static struct {
    atomic_int level;
    /* Areas with a level or facility of their own; the first `n_areas` keep their names. */
    struct area {
        char name[AREA_NAME_MAX];
        atomic_int level, facility;
    } areas[AREAS_MAX];
    atomic_uint n_areas;
    atomic_int highest; /* of all levels: what log_on compares with */
    enum { TO_STDERR, TO_SYSLOG } target;
    bool colour;
    int facility;
    atomic_bool ignore_area_levels, ignore_area_facilities;
    void (*sink)(enum log_level level, struct str line, void *ctx);
    void *ctx;
    void (*_Atomic engine)(enum log_level level, struct str line);
    void (*_Atomic add_prefix)(struct buf *out);
} self = { .level = LOG_WARN, .highest = LOG_WARN, .facility = 3 << 3 };
static _Thread_local struct {
    bool in_prefix;
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

    for (unsigned i = 0; !atomic_load(&self.ignore_area_levels) && i < atomic_load(&self.n_areas);
         i++) {
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

static struct area *find_area(const char *name)
{
    unsigned n = atomic_load_explicit(&self.n_areas, memory_order_acquire);

    for (unsigned i = 0; i < n; i++)
        if (strcmp(self.areas[i].name, name) == 0)
            return &self.areas[i];
    return NULL;
}

/* Found or made; NULL: there is no room. */
static struct area *area_named(const char *name)
{
    struct area *a = find_area(name);
    unsigned n = atomic_load(&self.n_areas);

    if (a || n == AREAS_MAX || strlen(name) >= AREA_NAME_MAX)
        return a;
    a = &self.areas[n];
    strcpy(a->name, name);
    atomic_store(&a->level, LOG_NONE_OWN);
    atomic_store(&a->facility, -1);
    atomic_store_explicit(&self.n_areas, n + 1, memory_order_release);
    return a;
}

err_t log_set_area_level(const char *area, int level)
{
    struct area *a = area_named(area);

    if (!a)
        return ERR_LIMIT;
    atomic_store(&a->level, level);
    find_highest();
    return ERR_OK;
}

int log_get_area_level(const char *area)
{
    struct area *a = find_area(area);

    return a ? atomic_load_explicit(&a->level, memory_order_relaxed) : LOG_NONE_OWN;
}

err_t log_set_area_facility(const char *area, int facility)
{
    struct area *a = area_named(area);

    if (a)
        atomic_store(&a->facility, facility);
    return a ? ERR_OK : ERR_LIMIT;
}

int log_get_area_facility(const char *area)
{
    struct area *a = find_area(area);

    return a ? atomic_load_explicit(&a->facility, memory_order_relaxed) : -1;
}

void log_use_area_levels(bool on)
{
    atomic_store(&self.ignore_area_levels, !on);
    find_highest();
}

void log_use_area_facilities(bool on)
{
    atomic_store(&self.ignore_area_facilities, !on);
}

static bool area_on(enum log_level level, const char *area)
{
    int own = atomic_load_explicit(&self.ignore_area_levels, memory_order_relaxed)
                  ? LOG_NONE_OWN
                  : log_get_area_level(area);

    return (int)level <= (own == LOG_NONE_OWN ? (int)log_get_level() : own);
}

/* The numbers are those of RFC 5424, 6.2.1; syslog(3) wants them shifted. */
enum { FACILITY_SHIFT = 3, FACILITY_COUNT = 24 };
static const char *const facilities[FACILITY_COUNT] = {
    "LOG_KERN",   "LOG_USER",   "LOG_MAIL",   "LOG_DAEMON", "LOG_AUTH",     "LOG_SYSLOG",
    "LOG_LPR",    "LOG_NEWS",   "LOG_UUCP",   "LOG_CRON",   "LOG_AUTHPRIV", "LOG_FTP",
    NULL,         NULL,         NULL,         NULL,         "LOG_LOCAL0",   "LOG_LOCAL1",
    "LOG_LOCAL2", "LOG_LOCAL3", "LOG_LOCAL4", "LOG_LOCAL5", "LOG_LOCAL6",   "LOG_LOCAL7",
};

int log_facility_named(struct str name)
{
    bool whole = str_istarts(name, STR("LOG_"));

    for (int i = 0; i < FACILITY_COUNT; i++)
        if (facilities[i] && str_ieq(name, str_of(facilities[i] + (whole ? 0 : 4))))
            return i << FACILITY_SHIFT;
    return -1;
}

const char *log_facility_name(int facility)
{
    int row = facility >> FACILITY_SHIFT;

    return row >= 0 && row < FACILITY_COUNT ? facilities[row] : NULL;
}

int log_get_facility(void)
{
    return self.facility;
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
    self.facility = facility;
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

void log_prefix_by(void (*add)(struct buf *out))
{
    atomic_store_explicit(&self.add_prefix, add, memory_order_release);
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

static void add_prefix(struct buf *line)
{
    void (*add)(struct buf * out) = atomic_load_explicit(&self.add_prefix, memory_order_acquire);
    struct buf prefix;

    if (!add || mine.in_prefix)
        return;
    buf_init(&prefix, MEM_OTHER);
    mine.in_prefix = true;
    add(&prefix);
    mine.in_prefix = false;
    add_escaped(line, buf_str(&prefix));
    buf_free(&prefix);
}

static void deliver(enum log_level level, int facility, struct buf *line)
{
    void (*engine)(enum log_level level, struct str line) =
        atomic_load_explicit(&self.engine, memory_order_acquire);

    if (self.sink) {
        self.sink(level, buf_str(line), self.ctx);
    } else if (self.target == TO_SYSLOG && engine) {
        engine(level, buf_str(line));
    } else if (self.target == TO_SYSLOG) {
        buf_char(line, '\0');
        syslog_line((int)level, facility, line->p);
    } else {
        write_stderr(level, buf_str(line));
    }
}

static int facility_for(const struct log_form *form, const char *area)
{
    if (form->facility >= 0)
        return form->facility;
    if (atomic_load_explicit(&self.ignore_area_facilities, memory_order_relaxed))
        return -1;
    return log_get_area_facility(area);
}

static void write_message(const struct log_form *form, enum log_level level, const char *area,
                          const char *format, va_list ap)
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
    buf_fmt(&line, "%s: %s: ", form->level_name ? form->level_name : log_level_name(level), area);
    add_prefix(&line);
    add_escaped(&line, text);
    deliver(level, facility_for(form, area), &line);
    buf_free(&raw);
    buf_free(&line);
}

static const struct log_form plain = { .facility = -1 };

void log_write(enum log_level level, const char *area, const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    write_message(&plain, level, area, format, ap);
    va_end(ap);
}

void log_write_as(const struct log_form *form, enum log_level level, const char *area,
                  const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    write_message(form, level, area, format, ap);
    va_end(ap);
}
