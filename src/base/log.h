/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Logging by level. Levels are those of the configuration language (`debug=`): -5 alert … 3 debug;
 * a message is written when its level is not above the threshold. Messages are one line: line ends
 * and control characters from outside are escaped. Secrets are never logged.
 */
#pragma once
#include "base/buf.h"
#include <stdarg.h>

enum log_level {
    LOG_ALERT = -5,
    LOG_BUG = -4,
    LOG_CRITICAL = -3, /* also "CRIT2" in scripts */
    LOG_NONE = -2,
    LOG_ERROR = -1,
    LOG_WARN = 0,
    LOG_NOTICE = 1,
    LOG_INFO = 2,
    LOG_DEBUG = 3,
};

void log_write(enum log_level level, const char *area, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A message that differs from the others of its level. */
struct log_form {
    const char *level_name; /* stands for the level's; NULL: the level's own */
    int facility;           /* of syslog; -1: as for its area */
};
void log_write_as(const struct log_form *form, enum log_level level, const char *area,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));
bool log_on(enum log_level level);
const char *log_level_name(enum log_level level);

/* log_debug and friends name the source folder as `area` ("tm", "usrloc", "core"). */
#define log_at(level, area, ...) (log_on(level) ? log_write((level), (area), __VA_ARGS__) : (void)0)
#define log_error(area, ...)     log_at(LOG_ERROR, area, __VA_ARGS__)
#define log_warn(area, ...)      log_at(LOG_WARN, area, __VA_ARGS__)
#define log_notice(area, ...)    log_at(LOG_NOTICE, area, __VA_ARGS__)
#define log_info(area, ...)      log_at(LOG_INFO, area, __VA_ARGS__)
#define log_debug(area, ...)     log_at(LOG_DEBUG, area, __VA_ARGS__)

void log_set_level(enum log_level level);
enum log_level log_get_level(void);
/* A level of its own for one area; LOG_NONE_OWN: none. Setters take turns. ERR_LIMIT: 64 areas have
 * one, or the name is too long. */
enum { LOG_NONE_OWN = -100 };
err_t log_set_area_level(const char *area, int level);
int log_get_area_level(const char *area);
/* Whether the levels and facilities of areas count; they do until this says otherwise. */
void log_use_area_levels(bool on);
void log_use_area_facilities(bool on);
/* Facilities of syslog: "LOG_LOCAL0" or "local0" to what openlog(3) takes and back. -1: no such
 * name; NULL: no such facility. */
int log_facility_named(struct str name);
const char *log_facility_name(int facility);
int log_get_facility(void); /* of the server */
/* A facility of its own for one area; -1: none. As log_set_area_level. */
err_t log_set_area_facility(const char *area, int facility);
int log_get_area_facility(const char *area);
/* Where lines go. Default: stderr. `ident` and `facility` as for openlog(3). */
void log_to_stderr(bool colour);
void log_to_syslog(const char *ident, int facility);
/* Tests and log engines: called with each finished line; NULL goes back to the former target. */
void log_to(void (*sink)(enum log_level level, struct str line, void *ctx), void *ctx);
/* Takes the lines that would go to syslog, from any thread; NULL: none does. Standard error, where
 * it was chosen, stays the target. */
void log_engine(void (*send)(enum log_level level, struct str line));
/* Asked at each line for what stands before its text (the log_prefix of the message at work); any
 * thread. NULL: nothing. What it logs itself has no prefix. */
void log_prefix_by(void (*add)(struct buf *out));
