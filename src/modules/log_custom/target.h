/* SPDX-License-Identifier: BSD-2-Clause */
/* Where datagrams go. Any thread may send while another changes the target. */
#pragma once
#include "base/net_addr.h"
#include <stdatomic.h>

struct log_target {
    atomic_int fd; /* -1: nowhere. Once open it keeps its number */
};

void log_target_init(struct log_target *t);
/* "192.0.2.1:514", "[2001:db8::1]:514", with or without "udp:" before it. */
err_t log_target_parse(struct str text, struct addr *out) MUST_USE;
err_t log_target_set(struct log_target *t, const struct addr *to) MUST_USE;
/* Bytes sent; -1: none. Never waits. */
int64_t log_target_send(struct log_target *t, struct str text);
void log_target_close(struct log_target *t);
