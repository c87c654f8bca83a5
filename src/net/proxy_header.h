/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a load balancer tells of the client in front of the client's bytes: the PROXY protocol, text
 * (version 1) and binary (version 2), and the Simple Proxy Protocol of datagrams.
 */
#pragma once
#include "base/net_addr.h"

enum {
    PROXY_HEADER = 1, /* the PROXY protocol, either version */
    PROXY_SIMPLE = 2, /* the Simple Proxy Protocol: 38 bytes before each datagram */
};

enum proxy_found {
    PROXY_NONE,  /* the bytes begin with something else */
    PROXY_MORE,  /* what is there may be the beginning of a header */
    PROXY_TOLD,  /* `client` is set */
    PROXY_LOCAL, /* a header that names no client: the balancer speaks for itself */
    PROXY_BAD,   /* a header that breaks its rules; `why` names them */
};

struct proxy_header {
    struct addr client;
    size_t used; /* bytes of the header, when TOLD or LOCAL */
    const char *why;
};

/* Reads a header of one of `kinds` (PROXY_HEADER | PROXY_SIMPLE) at the beginning of `in`. */
enum proxy_found proxy_header_read(struct str in, unsigned kinds, struct proxy_header *out);
