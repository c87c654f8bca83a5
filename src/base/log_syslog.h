/* SPDX-License-Identifier: BSD-2-Clause */
/* syslog(3), apart because its names and those of log.h clash. */
#pragma once

void syslog_open(const char *ident, int facility);
/* `level` and `facility` as in log.h; facility -1: the one of syslog_open. */
void syslog_line(int level, int facility, const char *line);
