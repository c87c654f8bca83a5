/* SPDX-License-Identifier: BSD-2-Clause */
/* Branches of the request: the first, all, one by its number. */
#pragma once
#include "modules/pv/pv.h"

GETTER(get_first_branch); /* br: the URI of the first further branch */
SETTER(set_first_branch);
GETTER(get_all_branches);    /* bR */
GETTER(get_destination_set); /* ds */
PREPARE(prepare_branch);
GETTER(get_branch); /* $(branch(uri)[1]) */
SETTER(set_branch);
GETTER(get_static_branch); /* sbranch(uri) */
SETTER(set_static_branch);
enum branch_text { BRANCH_RUID, BRANCH_LOCATION_UA, BRANCH_PATH };
GETTER(get_branch_text); /* of branch 0: $ruid, $location_ua */

/* The functions over the static branch. */
int sbranch_set_ruri(struct call *c);
int sbranch_append(struct call *c);
int sbranch_reset(struct call *c);
