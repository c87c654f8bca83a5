/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of addresses; see address_vars.c. */
#pragma once
#include "modules/pv/pv.h"

enum address_source {
    FROM_RURI,
    FROM_ORIGINAL,
    FROM_DESTINATION,
    FROM_NEXT_HOP,
    FROM_FROM,
    FROM_TO,
    FROM_CONTACT,
    FROM_ASSERTED,
    FROM_PREFERRED,
    FROM_REMOTE_PARTY,
    FROM_REFER_TO,
    FROM_DIVERSION,
};
enum address_part {
    PART_URI,
    PART_URI_LENGTH,
    PART_USER,
    PART_USER_LENGTH,
    PART_DOMAIN,
    PART_PORT,
    PART_PORT_TEXT,
    PART_PROTO,
    PART_SCHEME,
    PART_DISPLAY,
    PART_TAG,
};
#define ADDRESS(source, part) ((int)(source) << 8 | (int)(part))
#define ADDRESS_SOURCE(tag)   ((enum address_source)((tag) >> 8))
#define ADDRESS_PART(tag)     ((enum address_part)((tag)&0xff))

GETTER(get_address_part);
SETTER(set_ruri);
SETTER(set_ruri_part);
SETTER(set_dst_uri);
SETTER(set_from_to_part);
PREPARE(prepare_next_hop);
GETTER(get_next_hop);
PREPARE(prepare_reply_attr);
GETTER(get_reply_attr); /* $rpl */
GETTER(get_contact);
GETTER(get_contact_star);
PREPARE(prepare_expires);
GETTER(get_expires);
GETTER(get_diversion_param); /* tag 0 reason, 1 privacy, 2 counter */
