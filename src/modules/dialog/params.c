/* SPDX-License-Identifier: BSD-2-Clause */
/* The parameters of dialog. */
#include "modules/dialog/inner.h"

#define REPLICATION "dialogs are not replicated yet"
#define COLUMN(which, label, text)                                                                 \
    {                                                                                              \
        .name = (label),                                                                           \
        .at = offsetof(struct dialog_conf, columns) +                                              \
              (which) * sizeof(struct str), /* one of an array */                                  \
            .type = FIELD_STR, .doc = "Column of " text "."
#define VAR_COLUMN(which, label, text)                                                             \
    {                                                                                              \
        .name = (label),                                                                           \
        .at = offsetof(struct dialog_conf, var_columns) + (which) * sizeof(struct str),            \
        .type = FIELD_STR, .doc = "Column of " text " in the table of variables."

const struct field dialog_params
    [] = { FIELD(dialog_conf, enable_stats, "Whether dialogs are counted.", .def = "1"),
           FIELD(
               dialog_conf, hash_size,
               "How many values h_entry has, a power of two; tables in memory grow by themselves.",
               .def = "4096", .min = 1, .max = 1 << 24),
           FIELD(dialog_conf, rr_param, "The Record-Route parameter that names the dialog.",
                 .def = "did"),
           FIELD(dialog_conf, dlg_flag,
                 "Flag that makes a dialog of an INVITE, as dlg_manage() does.", .def = "-1",
                 .min = -1, .max = 31),
           FIELD(dialog_conf, timeout_avp, "Variable with the lifetime in seconds of a dialog.",
                 .optional = true),
           FIELD(dialog_conf, default_timeout, "Lifetime in seconds.", .def = "43200", .min = 1,
                 .max = INT32_MAX),
           FIELD(dialog_conf, early_timeout,
                 "Seconds until a dialog that is not answered is given up.", .def = "300", .min = 1,
                 .max = 86400),
           FIELD(dialog_conf, noack_timeout,
                 "Seconds to wait for the ACK; then the lifetime is ten seconds more.", .def = "60",
                 .min = 1, .max = 86400),
           FIELD(dialog_conf, end_timeout,
                 "Seconds that a dialog that is over is remembered at most.", .def = "300",
                 .min = 1, .max = 86400),
           FIELD(dialog_conf, dlg_extra_hdrs,
                 "Header lines for all requests made here, with line ends.", .def = ""),
           FIELD(dialog_conf, lreq_callee_headers, "Header lines for those to the callee.",
                 .def = ""),
           FIELD(dialog_conf, dlg_match_mode,
                 "How requests find their dialog. 0: by the Record-Route parameter; 1: by that, or "
                 "without it by Call-ID and tags; 2: by Call-ID and tags.",
                 .def = "0", .max = 2),
           FIELD(dialog_conf, detect_spirals, "Whether an INVITE that comes again is told apart.",
                 .def = "1"),
           FIELD(dialog_conf, db_url, "The database.",
                 .def = "mysql://kamailio:kamailiorw@localhost/kamailio"),
           FIELD(dialog_conf, db_mode,
                 "0: no database; 1: every change is written at once; 2: every db_update_period; "
                 "3: at "
                 "shutdown.",
                 .def = "0", .max = 3),
           FIELD(dialog_conf, db_update_period, "Seconds between writes.", .def = "60", .min = 1,
                 .max = 86400),
           FIELD(dialog_conf, db_fetch_rows, "Rows fetched at once.", .def = "200",
                 .inert = "results come whole"),
           FIELD(dialog_conf, db_skip_load, "Whether not to read dialogs at start.", .def = "0"),
           FIELD(dialog_conf, table_name, "Table of dialogs.", .def = "dialog"),
           COLUMN(COLUMN_CALL_ID, "call_id_column", "the Call-ID"),
           .def = "callid" },
    COLUMN(COLUMN_FROM_URI, "from_uri_column", "the URI of From"), .def = "from_uri"
}
, COLUMN(COLUMN_FROM_TAG, "from_tag_column", "the From tag"), .def = "from_tag"
}
, COLUMN(COLUMN_TO_URI, "to_uri_column", "the URI of To"), .def = "to_uri"
}
, COLUMN(COLUMN_TO_TAG, "to_tag_column", "the To tag"), .def = "to_tag"
}
, COLUMN(COLUMN_FROM_CSEQ, "from_cseq_column", "the caller's CSeq"), .def = "caller_cseq"
}
, COLUMN(COLUMN_TO_CSEQ, "to_cseq_column", "the callee's CSeq"), .def = "callee_cseq"
}
, COLUMN(COLUMN_FROM_ROUTE, "from_route_column", "the route set towards the caller"),
    .def = "caller_route_set"
}
, COLUMN(COLUMN_TO_ROUTE, "to_route_column", "the route set towards the callee"),
    .def = "callee_route_set"
}
, COLUMN(COLUMN_FROM_CONTACT, "from_contact_column", "the caller's contact"),
    .def = "caller_contact"
}
, COLUMN(COLUMN_TO_CONTACT, "to_contact_column", "the callee's contact"), .def = "callee_contact"
}
, COLUMN(COLUMN_FROM_SOCK, "from_sock_column", "the listener towards the caller"),
    .def = "caller_sock"
}
, COLUMN(COLUMN_TO_SOCK, "to_sock_column", "the listener towards the callee"), .def = "callee_sock"
}
, COLUMN(COLUMN_ID, "h_id_column", "h_id"), .def = "hash_id"
}
, COLUMN(COLUMN_ENTRY, "h_entry_column", "h_entry"), .def = "hash_entry"
}
, COLUMN(COLUMN_STATE, "state_column", "the state"), .def = "state"
}
, COLUMN(COLUMN_START_TIME, "start_time_column", "the time of the answer"), .def = "start_time"
}
, COLUMN(COLUMN_TIMEOUT, "timeout_column", "the time it expires"), .def = "timeout"
}
, COLUMN(COLUMN_SFLAGS, "sflags_column", "the flags of scripts"), .def = "sflags"
}
, COLUMN(COLUMN_TOROUTE, "toroute_name_column", "the route for its time-out"), .def = "toroute_name"
}
, FIELD(dialog_conf, vars_table_name, "Table of variables.", .def = "dialog_vars"),
    VAR_COLUMN(VAR_ID, "vars_h_id_column", "h_id"), .def = "hash_id"
}
, VAR_COLUMN(VAR_ENTRY, "vars_h_entry_column", "h_entry"), .def = "hash_entry"
}
, VAR_COLUMN(VAR_KEY, "vars_key_column", "the name"), .def = "dialog_key"
}
, VAR_COLUMN(VAR_VALUE, "vars_value_column", "the value"), .def = "dialog_value"
}
,
    FIELD(dialog_conf, profiles_with_value, "Names of profiles with values, separated by ;.",
          .def = ""),
    FIELD(dialog_conf, profiles_no_value, "Names of profiles without.", .def = ""),
    FIELD(dialog_conf, bridge_controller, "URI in From of calls that are bridged here.",
          .def = "sip:controller@kamailio.org"),
    FIELD(dialog_conf, bridge_contact, "URI in Contact of these.",
          .def = "sip:controller@kamailio.org:5060"),
    FIELD(dialog_conf, ruri_pvar, "What dlg_set_ruri() sets.", .def = "$ru"),
    FIELD(dialog_conf, initial_cbs_inscript,
          "Whether modules hear of a new dialog within dlg_manage(), or after the script.",
          .def = "1"),
    FIELD(dialog_conf, send_bye, "Whether every dialog that expires is ended by BYE.", .def = "0"),
    FIELD(dialog_conf, dlg_filter_mode,
          "1: no keep-alives and no time-out for dialogs of addresses that are not here.",
          .def = "0", .max = 1),
    FIELD(dialog_conf, wait_ack,
          "Whether a dialog that failed is kept until the INVITE is forgotten.", .def = "1"),
    FIELD(dialog_conf, xavp_cfg, "Accepted without effect.", .optional = true,
          .inert = "settings are made with $dlg_ctx()"),
    FIELD(dialog_conf, ka_timer, "Seconds to which times of keep-alives are rounded up; 0: none.",
          .def = "0", .max = 86400),
    FIELD(dialog_conf, ka_interval, "Seconds between keep-alives, 30 at least; 0: none.",
          .def = "0", .max = 86400),
    FIELD(dialog_conf, ka_failed_limit,
          "After so many keep-alives in a row without an answer the dialog ends.", .def = "1",
          .min = 1, .max = 255),
    FIELD(dialog_conf, timeout_noreset, "Whether later requests do not prolong a dialog.",
          .def = "0"),
    FIELD(dialog_conf, timer_procs, "Accepted without effect.", .def = "0",
          .inert = "each worker has its timers"),
    FIELD(dialog_conf, enable_dmq, "Whether dialogs are replicated.", .def = "0",
          .inert = REPLICATION),
    FIELD(dialog_conf, enable_dmq_ka_iflags_sync, "Likewise, for keep-alive properties.",
          .def = "0", .inert = REPLICATION),
    FIELD(dialog_conf, dmq_peer_id, "Name among the peers.", .def = "dialog", .inert = REPLICATION),
    FIELD(dialog_conf, track_cseq_updates,
          "Whether CSeq is raised where an INVITE was sent again with credentials of ours.",
          .def = "0"),
    FIELD(dialog_conf, event_callback, "Function of an embedded language to run instead.",
          .optional = true, .inert = "embedded languages come with their own modules"),
    FIELD(dialog_conf, h_id_start, "Where h_id begins.", .def = "0", .min = -1, .max = INT32_MAX),
    FIELD(dialog_conf, h_id_step, "Distance of two h_id: several servers on one table.", .def = "1",
          .min = 1, .max = INT32_MAX),
    FIELD(dialog_conf, keep_proxy_rr,
          "Whether requests made here pass this server again: 1 to the callee, 2 to the caller, "
          "3 both.",
          .def = "0", .max = 3),
    FIELD(dialog_conf, bye_early_code, "Status for a call that dlg_bye() ends before the answer.",
          .def = "480", .min = 300, .max = 699),
    FIELD(dialog_conf, bye_early_reason, "Its reason.", .def = "Temporarily Unavailable"),
    FIELD(dialog_conf, dlg_ctxiuid_mode, "Accepted without effect.", .def = "0",
          .inert = "the dialog of a message is always found again"),
    FIELD(dialog_conf, debug_variables, "Accepted without effect.", .def = "0",
          .inert = "dlg.list shows variables"),
    FIELD(dialog_conf, dlg_mode, "Accepted without effect.", .def = "0",
          .inert = "dialogs are followed by their transactions"),
    { 0 },
}
;
