/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables read from the message itself: start line, headers, body, Via, digest credentials. */
#pragma once
#include "modules/pv/pv.h"

enum message_attr {
    MSG_METHOD,
    MSG_METHOD_ID,
    MSG_STATUS,
    MSG_STATUS_NUMBER,
    MSG_REASON,
    MSG_VERSION,
    MSG_TYPE,
    MSG_TYPE_TEXT,
    MSG_CALL_ID,
    MSG_CSEQ,
    MSG_CSEQ_BODY,
    MSG_CONTENT_TYPE,
    MSG_CONTENT_LENGTH,
    MSG_BODY,
    MSG_BODY_SIZE,
    MSG_BUFFER,
    MSG_BUFFER_UPDATED,
    MSG_LENGTH,
    MSG_NUMBER,
    MSG_USER_AGENT,
    MSG_SERIAL_TEXT,
};
GETTER(get_message_attr); /* tag: enum message_attr */
GETTER(get_header);
GETTER(get_header_count);
PREPARE(prepare_msg);
GETTER(get_msg);
PREPARE(prepare_via);
GETTER(get_via); /* tag: which Via value; -1 the last */
GETTER(get_to_tag_local);
SETTER(set_msgbuf);
GETTER(get_msgbuf);

enum digest_attr {
    AUTH_USERNAME,
    AUTH_USER,
    AUTH_DOMAIN,
    AUTH_REALM,
    AUTH_URI,
    AUTH_ALGORITHM,
    AUTH_NONCE,
    AUTH_CNONCE,
    AUTH_RESPONSE,
    AUTH_OPAQUE,
};
GETTER(get_digest_attr);  /* tag: enum digest_attr */
GETTER(get_account_name); /* tag 0: user@realm form, 1: user name */
