/* SPDX-License-Identifier: BSD-2-Clause */
/* Time: of the message, of the server's start, now; and what this process is. */
#pragma once
#include "modules/pv/pv.h"

GETTER(get_start_seconds);   /* Tb */
GETTER(get_message_time);    /* Tf: text, tag 1: now (TF) */
GETTER(get_message_seconds); /* Ts, tag 1: now (TS) */
PREPARE(prepare_time_value);
GETTER(get_time_value); /* TV(s|u|sn|un|Sn) */
PREPARE(prepare_time_part);
GETTER(get_time_part);   /* time(sec), utime(sec): tag 1 is UTC */
GETTER(get_time_format); /* timef(%H), utimef(%H): tag 1 is UTC */
GETTER(get_process_id);
PREPARE(prepare_version);
GETTER(get_version);
PREPARE(prepare_ksr);
GETTER(get_ksr); /* ksr(ver) */
PREPARE(prepare_constant);
GETTER(get_constant); /* K(IPv4) */
GETTER(get_fixed);    /* the text of an escape: tag is its character */
GETTER(get_true);
GETTER(get_server_id);
