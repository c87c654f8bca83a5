/* SPDX-License-Identifier: BSD-2-Clause */
/* Flags of the message, the script run and the branch. */
#pragma once
#include "modules/pv/pv.h"

enum flag_set { FLAGS_MESSAGE, FLAGS_SCRIPT, FLAGS_BRANCH };
GETTER(get_flags); /* tags: enum flag_set */
GETTER(get_flags_hex);
SETTER(set_flags);
PREPARE(prepare_flag);
GETTER(get_flag); /* one, by its number */
SETTER(set_flag);
