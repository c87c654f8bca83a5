/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of names that a configuration brings along. */
#pragma once
#include "base/field.h"

/* Reads "type=A;name=example.org;addr=192.0.2.1;ttl=60;flags=0" and puts it into the cache, when
 * `really`; `why` says what is wrong. ERR_SYNTAX. */
err_t record_put(struct str text, bool really, struct buf *why) MUST_USE;
/* Each line of a file likewise; empty ones and those that begin with # are skipped. ERR_IO. */
err_t records_put_file(struct str path, bool really, struct buf *why) MUST_USE;
