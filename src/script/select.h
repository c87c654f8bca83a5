/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Selects as a walk: each step turns the text so far into another one. What may follow what stands
 * in one table; select.c reads a path against it at load, and walks it at run time.
 */
#pragma once
#include "script/state.h"

/* What the text of a walk is, which decides the steps that may follow. */
enum select_shape {
    SHAPE_MESSAGE, /* the beginning: the whole message and what is known besides */
    SHAPE_TEXT,    /* nothing follows */
    SHAPE_URI,
    SHAPE_ADDRESS, /* name-addr with parameters */
    SHAPE_LIST,    /* the parameters of a header */
    SHAPE_PARAMS,  /* behind a header: what it knows as a list */
    SHAPE_HEADER,  /* @msg.h.name */
    SHAPE_VALUE,   /* @hf_value.name */
    SHAPE_VIA,
    SHAPE_CSEQ,
    SHAPE_AUTH,
    SHAPE_USERNAME,
    SHAPE_MSG,
    SHAPE_REQUEST,
    SHAPE_REPLY,
    SHAPE_BODY,
    SHAPE_SDP,
    SHAPE_ID,
    SHAPE_PEER,  /* @src */
    SHAPE_LOCAL, /* @dst, @received */
    SHAPE_HOP,
    SHAPE_SYS,
    SHAPE_NOW,
    SHAPE_BRANCH,
    SHAPE_URIQ,
    SHAPE_TM,
    SHAPE_UAS,
    SHAPE_UAS_REQUEST,
    SHAPE_UAC,
    SHAPE_TLS,
    SHAPE_CIPHER,
    SHAPE_CERTIFICATE,
    SHAPE_CERTIFIED,
    SHAPE_NATHELPER,
    SHAPE_TIMER,
    SHAPE_ONE_TIMER,
};
enum {
    SELECT_INDEX = 1,  /* [1] may follow */
    SELECT_QUOTED = 2, /* ["name"] may follow */
    SELECT_NAME = 4,   /* ["name"] or .name may follow */
    SELECT_NEEDED = 8, /* and must */
    SELECT_PARENT = 16 /* is no value: something must follow */
};

#define INDEX_ZERO INT64_MIN

struct select_step {
    const struct select_row *row;
    struct str name; /* STR_NONE: none given */
    int64_t index;   /* 0: none given; INDEX_ZERO: [0] */
};
struct walk {
    struct call *c;
    struct str text;
    const struct select_step *step;
    bool last; /* no step follows */
};
struct select_row {
    enum select_shape from;
    const char *name;
    enum select_shape to;
    unsigned takes;
    /* Replaces the text. ERR_NOT_FOUND: the select is null. */
    err_t (*go)(struct walk *w);
    const char *header; /* for those that read a header of one name */
    int tag;
};
/* Each ended by a NULL name: of messages and the server, and what modules answer. */
extern const struct select_row select_rows[];
extern const struct select_row select_module_rows[];
