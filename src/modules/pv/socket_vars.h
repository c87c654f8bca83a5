/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the message came from, the socket it came by, and the one it is to leave from. */
#pragma once
#include "modules/pv/pv.h"

enum socket_attr {
    SRC_IP,
    SRC_IP_BRACKETS,
    SRC_PORT,
    SRC_URI,
    SRC_URI_TRANSPORT,
    SRC_SOCKET,
    SRC_PROTO,
    SRC_PROTO_ID,
    SRC_FAMILY,
    SRC_CONNECTION,
    RCV_IP,
    RCV_PORT,
    RCV_URI,
    RCV_URI_TRANSPORT,
    RCV_NAME,
    RCV_ADVERTISED_IP,
    RCV_ADVERTISED_PORT,
    RCV_ADVERTISED_URI,
    RCV_ADVERTISED_URI_TRANSPORT,
    RCV_SOCKET,
    SEND_SOCKET,
    SEND_NAME,
    SEND_PORT,
};
GETTER(get_socket_attr); /* tag: enum socket_attr */
SETTER(set_send_socket); /* "proto:address:port", or null to let the route decide */
SETTER(set_send_socket_name);
PREPARE(prepare_received);
GETTER(get_received);
PREPARE(prepare_sent);
GETTER(get_sent); /* tag 0 $snd, 1 $sndto, 2 $sndfrom */
