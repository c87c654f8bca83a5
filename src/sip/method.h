/* SPDX-License-Identifier: BSD-2-Clause */
/* Request methods; a set of them is a bit mask with METHOD_BIT. */
#pragma once
#include "base/str.h"

#define METHOD_TABLE(X)                                                                            \
    X(METHOD_OTHER, "")                                                                            \
    X(METHOD_INVITE, "INVITE")                                                                     \
    X(METHOD_CANCEL, "CANCEL")                                                                     \
    X(METHOD_ACK, "ACK")                                                                           \
    X(METHOD_BYE, "BYE")                                                                           \
    X(METHOD_INFO, "INFO")                                                                         \
    X(METHOD_REGISTER, "REGISTER")                                                                 \
    X(METHOD_SUBSCRIBE, "SUBSCRIBE")                                                               \
    X(METHOD_NOTIFY, "NOTIFY")                                                                     \
    X(METHOD_MESSAGE, "MESSAGE")                                                                   \
    X(METHOD_OPTIONS, "OPTIONS")                                                                   \
    X(METHOD_PRACK, "PRACK")                                                                       \
    X(METHOD_UPDATE, "UPDATE")                                                                     \
    X(METHOD_REFER, "REFER")                                                                       \
    X(METHOD_PUBLISH, "PUBLISH")                                                                   \
    X(METHOD_KDMQ, "KDMQ")                                                                         \
    X(METHOD_GET, "GET")                                                                           \
    X(METHOD_POST, "POST")                                                                         \
    X(METHOD_PUT, "PUT")                                                                           \
    X(METHOD_DELETE, "DELETE")

enum sip_method {
#define X(id, name) id,
    METHOD_TABLE(X)
#undef X
        METHOD_COUNT
};
#define METHOD_BIT(m) (1u << (m))

enum sip_method method_of(struct str name); /* case-sensitive; METHOD_OTHER for an unknown one */
struct str method_name(enum sip_method m);
/* A list as in Allow ("INVITE, ACK") as a mask; unknown ones set METHOD_BIT(METHOD_OTHER). */
err_t methods_parse(struct str list, unsigned *mask) MUST_USE;
