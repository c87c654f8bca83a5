/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables that look elsewhere: text to be expanded, statistics, configuration values, memory. */
#pragma once
#include "modules/pv/pv.h"

PREPARE(prepare_text);
GETTER(get_text); /* $_s(text $ru) */
GETTER(get_statistic);
PREPARE(prepare_statistic);
GETTER(get_count);     /* $cnt(avp(x)) */
GETTER(get_error);     /* $err.class and its kin: no parser error is kept, so null */
GETTER(get_cfg_value); /* ccp(group.name) */
SETTER(set_cfg_value);
