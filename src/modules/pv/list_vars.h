/* SPDX-License-Identifier: BSD-2-Clause */
/* AVPs and XAVPs. */
#pragma once
#include "core/vars.h"
#include "modules/pv/pv.h"

/* $avp(name), $avp(s:name), $avp(i:5); indexes count from the newest. */
PREPARE(prepare_avp);
GETTER(get_avp);
SETTER(set_avp);

/* $xavp(name[0]=>field[0]); the tag is an enum xavp_kind. */
PREPARE(prepare_xavp);
GETTER(get_xavp);
SETTER(set_xavp);

/* A name as the functions take it: "name", "name[2]", "name=>field". ERR_SYNTAX. */
struct xavp_path {
    struct str name, field; /* field STR_NONE: the item itself */
    int64_t index, field_index;
    bool all, field_all, indexed;
};
err_t xavp_path_parse(struct str text, struct xavp_path *out) MUST_USE;
