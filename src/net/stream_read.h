/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the two halves of the connections. */
#pragma once
#include "net/stream.h"

/* stream.c */
void stream_close(struct stream *s, err_t why);
void stream_arm(struct stream *s); /* after a deadline may have come nearer */
void stream_pong(struct stream *s);
/* stream_read.c */
void stream_readable(struct stream *s);
