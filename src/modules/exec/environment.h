/* SPDX-License-Identifier: BSD-2-Clause */
/* What a command finds in its environment: the headers and addresses of the message. */
#pragma once
#include "core/call.h"

/* The server's environment and SIP_HF_*, SIP_RURI and so on; in the call's arena. */
char *const *environment_of(struct call *c, bool bash_safety);
