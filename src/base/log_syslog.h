/* SPDX-License-Identifier: BSD-2-Clause */
/* syslog(3), apart because its names and those of log.h clash. */
#pragma once

void syslog_open(const char *ident, int facility);
/* `level` as in log.h. */
void syslog_line(int level, const char *line);
