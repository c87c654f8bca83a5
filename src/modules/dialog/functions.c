/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of script functions. */
#include "modules/dialog/funcs.h"
#include "modules/dialog/inner.h"

EXPOSE0(dlg_manage)
EXPOSE0(is_known_dlg)
EXPOSE(set_dlg_profile, profile_args)
EXPOSE(unset_dlg_profile, profile_args)
EXPOSE(is_in_profile, profile_args)
EXPOSE(get_profile_size, size_args)
EXPOSE(dlg_remote_profile, remote_args)
EXPOSE(dlg_setflag, flag_args)
EXPOSE(dlg_resetflag, flag_args)
EXPOSE(dlg_isflagset, flag_args)
EXPOSE(dlg_set_property, property_args)
EXPOSE(dlg_reset_property, property_args)
EXPOSE(dlg_set_timeout, timeout_args)
EXPOSE(dlg_set_timeout_by_profile, profile_timeout_args)
EXPOSE(dlg_set_state, state_args)
EXPOSE0(dlg_update_state)
EXPOSE0(dlg_set_ruri)
EXPOSE0(dlg_update_contact)
EXPOSE0(dlg_update_socket)
EXPOSE(dlg_bye, bye_args)
EXPOSE(dlg_refer, refer_args)
EXPOSE(dlg_refer_did, refer_did_args)
EXPOSE(dlg_refer_cid, refer_cid_args)
EXPOSE(dlg_bridge, bridge_args)
EXPOSE(dlg_get, get_args)
EXPOSE(dlg_get_var, get_var_args)
EXPOSE(dlg_set_var, set_var_args)
EXPOSE(dlg_req_within, within_args)
EXPOSE(dlg_db_load_callid, load_args)
EXPOSE0(dlg_db_load_extra)
EXPOSE(dlg_remove_dialogs_from_node, node_args)

static const char *const sides[] = { "caller", "callee", NULL };
static const char *const bye_sides[] = { "caller", "callee", "all", NULL };
static const char *const properties[] = { "ka-src", "ka-dst", "timeout-noreset", NULL };
static const char *const commands[] = { "add", "rm", NULL };
static const char *const states[] = { "conf", "confirmed", "4", "end", "ended", "5", NULL };

static const struct field profile_args_fields[] = {
    FIELD(profile_args, profile, "Name of the profile."),
    FIELD(profile_args, value, "Value, for a profile with values.", .optional = true),
    { 0 },
};
static const struct field size_args_fields[] = {
    FIELD(size_args, profile, "Name of the profile."),
    FIELD(size_args, value, "Value to count; of two arguments, the variable that gets the number."),
    FIELD(size_args, size, "The variable that gets the number.", .optional = true),
    { 0 },
};
static const struct field remote_args_fields[] = {
    FIELD(remote_args, cmd, "add or rm.", .choices = commands),
    FIELD(remote_args, profile, "Name of the profile."),
    FIELD(remote_args, value, "Value; empty for a profile without."),
    FIELD(remote_args, uid, "Name of the item."),
    FIELD(remote_args, expires, "When it goes by itself, in seconds since 1970."),
    { 0 },
};
static const struct field flag_args_fields[] = {
    FIELD(flag_args, flag, "Number of the flag.", .max = 31),
    { 0 },
};
static const struct field property_args_fields[] = {
    FIELD(property_args, attr,
          "ka-src, ka-dst: OPTIONS to caller or callee; timeout-noreset: later requests do not "
          "prolong it.",
          .choices = properties),
    { 0 },
};
static const struct field timeout_args_fields[] = {
    FIELD(timeout_args, timeout, "Seconds from now.", .max = INT32_MAX),
    FIELD(timeout_args, h_entry, "h_entry of another dialog.", .def = "-1"),
    FIELD(timeout_args, h_id, "h_id of another dialog.", .def = "-1"),
    { 0 },
};
static const struct field profile_timeout_args_fields[] = {
    FIELD(profile_timeout_args, profile, "Name of the profile."),
    FIELD(profile_timeout_args, value, "Value; of two arguments, the seconds."),
    FIELD(profile_timeout_args, timeout, "Seconds from now.", .optional = true),
    { 0 },
};
static const struct field state_args_fields[] = {
    FIELD(state_args, state, "confirmed or ended.", .choices = states),
    { 0 },
};
static const struct field bye_args_fields[] = {
    FIELD(bye_args, side, "caller, callee or all.", .choices = bye_sides),
    { 0 },
};
static const struct field refer_args_fields[] = {
    FIELD(refer_args, side, "caller or callee.", .choices = sides),
    FIELD(refer_args, address, "The URI it is to call."),
    { 0 },
};
static const struct field refer_did_args_fields[] = {
    FIELD(refer_did_args, h_entry, "h_entry of the dialog.", .max = UINT32_MAX),
    FIELD(refer_did_args, h_id, "h_id of the dialog.", .max = UINT32_MAX),
    FIELD(refer_did_args, side, "caller or callee.", .choices = sides),
    FIELD(refer_did_args, address, "The URI it is to call."),
    { 0 },
};
static const struct field refer_cid_args_fields[] = {
    FIELD_NAMED(refer_cid_args, call_id, "callid", "Call-ID of the dialog."),
    FIELD(refer_cid_args, side, "caller or callee.", .choices = sides),
    FIELD(refer_cid_args, address, "The URI it is to call."),
    { 0 },
};
static const struct field bridge_args_fields[] = {
    FIELD(bridge_args, from, "URI of the side that is called first."),
    FIELD(bridge_args, to, "URI it is then referred to."),
    FIELD_NAMED(bridge_args, proxy, "op", "URI of the proxy to send by; empty: none."),
    { 0 },
};
#define CALL_ARGS(st)                                                                              \
    FIELD_NAMED(st, call_id, "callid", "Call-ID."),                                                \
        FIELD_NAMED(st, from_tag, "ftag", "From tag."),                                            \
        FIELD_NAMED(st, to_tag, "ttag", "To tag; empty while the call is not answered.")
static const struct field get_args_fields[] = {
    CALL_ARGS(get_args),
    { 0 },
};
static const struct field get_var_args_fields[] = {
    CALL_ARGS(get_var_args),
    FIELD(get_var_args, key, "Name of the dialog's variable."),
    FIELD(get_var_args, into, "The variable that gets its value."),
    { 0 },
};
static const struct field set_var_args_fields[] = {
    CALL_ARGS(set_var_args),
    FIELD(set_var_args, key, "Name of the dialog's variable."),
    FIELD(set_var_args, value, "Its value."),
    { 0 },
};
static const struct field within_args_fields[] = {
    FIELD(within_args, side, "caller or callee.", .choices = sides),
    FIELD(within_args, method, "Method of the request.", .min = 1, .max = 64),
    FIELD(within_args, third, "Header lines; of four arguments, the content type.",
          .optional = true),
    FIELD(within_args, fourth, "Content type; of four arguments, the body.", .optional = true),
    FIELD(within_args, fifth, "Body.", .optional = true),
    { 0 },
};
static const struct field load_args_fields[] = {
    FIELD_NAMED(load_args, call_id, "cival", "Call-ID."),
    { 0 },
};
static const struct field node_args_fields[] = {
    FIELD(node_args, node, "Address of the node."),
    { 0 },
};

static const struct outcome yes_no[] = { { 1, "yes" }, { -1, "no" }, { 0 } };
static const struct outcome done[] = { { 1, "done" },
                                       { -1, "there is no dialog, or it cannot be done" },
                                       { 0 } };

#define SOME_ROUTES                                                                                \
    (ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_TM_REPLY | ROUTE_REPLY | ROUTE_BRANCH | ROUTE_EVENT)

const struct func dialog_funcs[] = {
    FUNC0(dlg_manage,
          "Begins a dialog with an INVITE, or finds the one that a later request belongs to.",
          .routes = ROUTE_REQUEST, .suspends = true,
          .returns = (const struct outcome[]){ { 1, "there is a dialog" },
                                               { -1, "there is none" },
                                               { 0, "a module refused the INVITE" },
                                               { 0 } }),
    FUNC(dlg_set_state, state_args, "Sets the state of the dialog, without telling anybody.",
         .suspends = true, .returns = done),
    FUNC0(dlg_update_state, "Has the dialog take notice of the message at hand.",
          .routes = SOME_ROUTES, .suspends = true, .returns = done),
    FUNC(set_dlg_profile, profile_args, "Puts the dialog into a profile.", .suspends = true,
         .returns = done),
    FUNC(unset_dlg_profile, profile_args, "Takes the dialog out of a profile.", .suspends = true,
         .returns = done),
    FUNC(is_in_profile, profile_args, "Tells whether the dialog is in a profile.", .suspends = true,
         .returns = yes_no),
    FUNC(get_profile_size, size_args, "How many dialogs are in a profile.",
         .prepare = prepare_profile_size, .returns = done),
    FUNC(dlg_setflag, flag_args, "Sets a flag of the dialog.", .suspends = true, .returns = done),
    FUNC(dlg_resetflag, flag_args, "Clears a flag of the dialog.", .suspends = true,
         .returns = done),
    FUNC(dlg_isflagset, flag_args, "Tells whether a flag of the dialog is set.", .suspends = true,
         .returns = yes_no),
    FUNC(dlg_bye, bye_args,
         "Sends BYE to one side or both; a call that is not answered is refused instead.",
         .suspends = true, .returns = done),
    FUNC(dlg_refer, refer_args, "Refers a side of the dialog to another address.", .suspends = true,
         .returns = done),
    FUNC(dlg_refer_did, refer_did_args, "The same for a dialog by its numbers.", .suspends = true,
         .returns = done),
    FUNC(dlg_refer_cid, refer_cid_args, "The same for a dialog by its Call-ID.", .suspends = true,
         .returns = done),
    FUNC(dlg_bridge, bridge_args,
         "Calls one address and refers it to another: INVITE on hold, REFER, BYE.",
         .returns = done),
    FUNC(dlg_get, get_args, "Makes another dialog the one at hand.", .suspends = true,
         .returns = yes_no),
    FUNC0(is_known_dlg, "Tells whether the message belongs to a dialog.", .returns = yes_no),
    FUNC(dlg_remove_dialogs_from_node, node_args, "Accepted: no dialogs of other nodes are kept.",
         .returns = done),
    FUNC(dlg_set_timeout, timeout_args, "Sets when the dialog, or one by its numbers, times out.",
         .suspends = true, .returns = done),
    FUNC(dlg_set_timeout_by_profile, profile_timeout_args,
         "Sets when all dialogs of a profile time out.", .suspends = true, .returns = done),
    FUNC(dlg_set_property, property_args, "Switches a property of the dialog on.", .suspends = true,
         .returns = done),
    FUNC(dlg_reset_property, property_args, "Switches a property of the dialog off.",
         .suspends = true, .returns = done),
    FUNC(dlg_remote_profile, remote_args, "Counts a dialog of another server in a profile.",
         .returns = done),
    FUNC0(dlg_set_ruri, "Sets the Request-URI to the contact of the side it goes to.",
          .suspends = true, .returns = done),
    FUNC0(dlg_update_contact, "Takes the contact of the message for that of its sender.",
          .returns = done),
    FUNC0(dlg_update_socket, "Takes the listener of the message for that of its sender.",
          .returns = done),
    FUNC(dlg_db_load_callid, load_args, "Reads the dialogs of a Call-ID from the database.",
         .suspends = true, .returns = done),
    FUNC0(dlg_db_load_extra, "Reads from the database what is not in memory.", .suspends = true,
          .returns = done),
    FUNC(dlg_get_var, get_var_args, "Reads a variable of any dialog.", .suspends = true,
         .returns = done),
    FUNC(dlg_set_var, set_var_args, "Sets a variable of any dialog.", .suspends = true,
         .returns = done),
    FUNC(dlg_req_within, within_args,
         "Sends a request within the dialog: side, method, and headers; or content type and body; "
         "or headers, content type and body.",
         .suspends = true, .returns = done),
    { 0 },
};
