/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log.h"
#include "base/buf.h"
#include "base/log_syslog.h"
#include <stdatomic.h>
#include <unistd.h>

static struct {
    atomic_int level;
    enum { TO_STDERR, TO_SYSLOG } target;
    bool colour;
    void (*sink)(enum log_level level, struct str line, void *ctx);
    void *ctx;
} self = { .level = LOG_WARN };
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

void log_set_level(enum log_level level)
{
    atomic_store(&self.level, (int)level);
}

enum log_level log_get_level(void)
{
    return (enum log_level)atomic_load_explicit(&self.level, memory_order_relaxed);
}

bool log_on(enum log_level level)
{
    return level <= log_get_level();
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
    if (self.sink) {
        self.sink(level, buf_str(line), self.ctx);
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

    if (!log_on(level))
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
