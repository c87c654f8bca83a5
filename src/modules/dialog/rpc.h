/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments of the dlg.* control methods. */
#pragma once
#include "base/field.h"

struct rpc;
err_t dialog_dump_file(struct rpc *r, const void *args);

struct match_args {
    int mkey, mop;
    struct str mval;
    int64_t limit;
};
struct brief_args {
    struct str attrs;
};
struct file_rpc_args {
    struct str file;
};
struct call_rpc_args {
    struct str call_id, from_tag;
};
struct tags_rpc_args {
    struct str call_id, from_tag, to_tag;
};
struct state_rpc_args {
    struct str call_id, from_tag, to_tag;
    int64_t state;
};
struct end_rpc_args {
    int64_t h_entry, h_id;
    struct str extra_hdrs;
};
struct profile_rpc_args {
    struct str profile, value;
};
struct bridge_rpc_args {
    struct str from, to, op, body;
};
struct active_rpc_args {
    int64_t local_only;
};
