/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/log_syslog.h"
#include <syslog.h>

void syslog_open(const char *ident, int facility)
{
    openlog(ident, LOG_PID | LOG_CONS, facility);
}

void syslog_line(int level, int facility, const char *line)
{
    static const int priorities[] = {
        LOG_ALERT,   LOG_CRIT,   LOG_CRIT, LOG_ERR,   LOG_ERR,
        LOG_WARNING, LOG_NOTICE, LOG_INFO, LOG_DEBUG,
    };
    int at = level < -5 ? 0 : level > 3 ? 8 : level + 5;

    syslog(priorities[at] | (facility < 0 ? 0 : facility), "%s", line);
}
