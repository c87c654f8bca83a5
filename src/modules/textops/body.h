/* SPDX-License-Identifier: BSD-2-Clause */
/* The script functions over the body; body.c. */
#pragma once
#include "modules/textops/textops.h"

/* A new body with its type, in place of what the message had. */
int body_give(struct call *c, struct str body, struct str type);
/* Bytes from hexadecimal digits; STR_NONE when they are none. */
struct str body_from_hex(struct call *c, struct str hex);

int set_body(struct call *c, const struct two_args *a);
int set_body_hex(struct call *c, const struct two_args *a);
int set_reply_body(struct call *c, const struct two_args *a);
int set_reply_body_hex(struct call *c, const struct two_args *a);
int has_body(struct call *c, const struct text_args *a);
int is_audio_on_hold(struct call *c);
