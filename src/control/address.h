/* SPDX-License-Identifier: BSD-2-Clause */
/* Where control clients come in: the notation of the binrpc and fifo parameters. */
#pragma once
#include "control/service.h"

/*
 * "unixs:/path", "unix:/path", "unixd:/path", "/path", "tcp:host:port", "udp:host:port",
 * "tcp:port", "host:port" (UDP), and "fifo:/path". Fills kind, path (a part of `text`; a relative
 * one is under the folder of run-time files) and addr; a host is a numeric address, "localhost" or
 * "*". ERR_SYNTAX, `why`.
 */
err_t control_address(struct str text, enum service_kind bare, struct service_spec *out,
                      struct buf *why) MUST_USE;
/* What listings call it: "unix_stream", "unix_dgram", "udp", "tcp", "fifo". */
const char *control_kind_name(enum service_kind kind);
