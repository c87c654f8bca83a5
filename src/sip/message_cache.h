/* SPDX-License-Identifier: BSD-2-Clause */
/* What a message remembers of its headers once they were read; only message*.c look inside. */
#pragma once
#include "sip/message.h"

struct via_node {
    struct via via;
    struct via_node *next;
};

struct address_list {
    enum header_id id;
    err_t err;
    struct address *values;
    size_t n, room;
    struct address_list *next;
};

/* A pointer with its error: not read yet while both are empty. */
struct msg_cache {
    struct via_node *vias, *last_via;
    struct str via_rest; /* of the header being read */
    const struct header *via_header;
    size_t n_vias;
    bool vias_begun;
    err_t via_err; /* why no further Via can be had */
    struct address *from, *to;
    err_t from_err, to_err;
    struct uri *ruri;
    err_t ruri_err;
    struct cseq cseq;
    bool cseq_read;
    err_t cseq_err;
    struct address_list *lists;
};

/* The number a header consists of; -2 when it is none. */
int64_t number_of_header(const struct header *h);
