/* SPDX-License-Identifier: BSD-2-Clause */
/* The registrar module: parameters and functions. */
#include "base/log.h"
#include "modules/registrar/save.h"

struct registrar_self registrar_self;

struct header_args {
    struct str name;
};

static int reg_send_reply(struct call *c)
{
    return answer_send(c);
}

static int add_sock_hdr(struct call *c, const struct header_args *a)
{
    const struct listener *l = c->from.local;
    const struct registrar_conf *conf = call_conf(c, &module_registrar);

    if (!l)
        return SCRIPT_FALSE;
    edit_append_header(
        &c->edits, c->msg,
        arena_fmt(c->arena, STR_FMT ": " STR_FMT "\r\n", STR_ARG(a->name),
                  STR_ARG(conf->sock_mode && l->advertises ? l->advertised_text : l->text)));
    return SCRIPT_TRUE;
}

EXPOSE(save, save_args)
EXPOSE(lookup, lookup_args)
EXPOSE(lookup_to_dset, lookup_args)
EXPOSE(lookup_branches, lookup_args)
EXPOSE(lookup_xavp, xavp_args)
EXPOSE(registered, registered_args)
EXPOSE(reg_from_user, from_user_args)
EXPOSE(unregister, unregister_args)
EXPOSE(reg_fetch_contacts, fetch_args)
EXPOSE(reg_free_contacts, profile_args)
EXPOSE(add_sock_hdr, header_args)
EXPOSE0(reg_send_reply)

/* Makes the table known at load, so that it is read from the database at the start. */
static err_t know_table(struct load *l, void *args)
{
    const struct str *domain = args; /* the first member of all these structs */

    (void)l;
    if (domain->n)
        (void)location_open(*domain);
    return ERR_OK;
}

#define TABLE  "Name of the location table."
#define URI_OF "URI whose user is meant; default: the Request-URI."
static const struct field save_args_fields[] = {
    FIELD(save_args, domain, TABLE),
    FIELD(save_args, flags,
          "Bits: 1 memory only, 2 no reply, 4 one contact per user, 8 no expiry "
          "range, 16 prepare the reply.",
          .def = "0"),
    FIELD(save_args, uri, "Address-of-record; default: the To URI.", .def = ""),
    { 0 },
};
static const struct field lookup_args_fields[] = {
    FIELD(lookup_args, domain, TABLE),
    FIELD(lookup_args, uri, URI_OF, .def = ""),
    { 0 },
};
static const struct field branches_args_fields[] = {
    FIELD(lookup_args, domain, TABLE),
    { 0 },
};
static const struct field registered_args_fields[] = {
    FIELD(registered_args, domain, TABLE),
    FIELD(registered_args, uri,
          "URI whose user is meant; default: the Request-URI of a request, "
          "the To URI of a reply.",
          .def = ""),
    FIELD(registered_args, match_option, "Bits: 1 Call-ID, 2 received, 4 contact must match.",
          .def = "0"),
    FIELD(registered_args, match_action, "Bits: 2 leave xavp_rcd alone.", .def = "0"),
    { 0 },
};
static const struct field xavp_args_fields[] = {
    FIELD(xavp_args, domain, TABLE),
    FIELD(xavp_args, uri, "URI whose user is meant."),
    FIELD(xavp_args, record, "XAVP for the record: aor, count."),
    FIELD(xavp_args, contacts, "XAVP for the contacts."),
    { 0 },
};
static const struct field from_user_args_fields[] = {
    FIELD(from_user_args, domain, TABLE),
    FIELD(from_user_args, uri, "URI whose user is meant."),
    FIELD(from_user_args, mode,
          "0: the IP address must be that of a contact, 1: and the port, 2: "
          "and the protocol."),
    { 0 },
};
static const struct field unregister_args_fields[] = {
    FIELD(unregister_args, domain, TABLE),
    FIELD(unregister_args, uri, "URI whose user is meant; may be empty with a ruid."),
    FIELD(unregister_args, ruid, "Unique id of one contact.", .def = ""),
    { 0 },
};
static const struct field fetch_args_fields[] = {
    FIELD(fetch_args, domain, TABLE),
    FIELD(fetch_args, uri, "URI whose user is meant."),
    FIELD(fetch_args, profile, "Profile name of $ulc(profile=>attribute)."),
    { 0 },
};
static const struct field profile_args_fields[] = {
    FIELD(profile_args, profile, "Profile name of $ulc(profile=>attribute)."),
    { 0 },
};
static const struct field header_args_fields[] = {
    FIELD(header_args, name, "Header name."),
    { 0 },
};

static const struct outcome save_outcomes[] = {
    { 1, "contacts were added" },
    { 2, "contacts were refreshed" },
    { 3, "contacts were removed" },
    { 4, "contacts were only listed" },
    { -1, "it was refused" },
    { -2, "too many contacts" },
    { 0 },
};
static const struct outcome lookup_outcomes[] = {
    { 1, "contacts were found" },
    { -1, "the user is not registered" },
    { -2, "no contact takes this method" },
    { -3, "something failed" },
    { 0 },
};
static const struct outcome unregister_outcomes[] = {
    { 1, "removed" },
    { -1, "the URI is malformed" },
    { -2, "removing failed" },
    { -3, "there is no such contact" },
    { 0 },
};

static const struct func funcs[] = {
    FUNC(save, save_args, "Stores the contacts of a REGISTER, and answers it.", .suspends = true,
         .routes = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_REPLY | ROUTE_TM_REPLY,
         .returns = save_outcomes, .prepare = know_table),
    FUNC(lookup, lookup_args, "Puts the contacts of the Request-URI's user in its place.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE, .suspends = true, .returns = lookup_outcomes,
         .prepare = know_table),
    FUNC(lookup_to_dset, lookup_args, "Adds the contacts of a user as branches.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE, .suspends = true, .returns = lookup_outcomes,
         .prepare = know_table),
    { .name = "lookup_branches",
      .run = lookup_branches_with_lookup_args,
      .doc = "Looks up the Request-URI and all branches that are only a URI.",
      .args = branches_args_fields,
      .args_size = sizeof(struct lookup_args),
      .routes = ROUTE_REQUEST | ROUTE_FAILURE,
      .suspends = true,
      .returns = lookup_outcomes,
      .prepare = know_table },
    FUNC(lookup_xavp, xavp_args, "Lists the contacts of a user in XAVPs.", .suspends = true,
         .returns = lookup_outcomes, .prepare = know_table),
    FUNC(registered, registered_args, "Tells whether a user is registered.", .suspends = true,
         .prepare = know_table),
    FUNC(reg_from_user, from_user_args,
         "Tells whether the message came from where a user is registered.", .suspends = true,
         .prepare = know_table),
    FUNC(add_sock_hdr, header_args, "Adds a header with the socket that received the request.",
         .routes = ROUTE_REQUEST),
    FUNC(unregister, unregister_args, "Removes contacts of a user.", .suspends = true,
         .returns = unregister_outcomes, .prepare = know_table),
    FUNC(reg_fetch_contacts, fetch_args, "Fetches the contacts of a user into $ulc(profile=>…).",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE, .suspends = true, .prepare = know_table),
    FUNC(reg_free_contacts, profile_args, "Forgets what reg_fetch_contacts() has fetched.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE),
    FUNC0(reg_send_reply, "Sends the reply that save() with flag 2 held back.",
          .routes = ROUTE_REQUEST | ROUTE_FAILURE),
    { 0 },
};

static const struct field params[] = {
    FIELD(registrar_conf, default_expires, "Seconds for contacts that do not say.", .def = "3600",
          .max = 2000000000, .runtime = true),
    FIELD(registrar_conf, default_expires_range, "Per cent by which that is lowered at random.",
          .def = "0", .max = 100, .runtime = true),
    FIELD(registrar_conf, expires_range, "Per cent by which given expiries are lowered at random.",
          .def = "0", .max = 100, .runtime = true),
    FIELD(registrar_conf, default_q, "q in thousandths of contacts without one; -1: none.",
          .def = "-1", .min = -1, .max = 1000, .runtime = true),
    FIELD(registrar_conf, append_branches, "lookup() makes a branch of every contact.", .def = "1",
          .runtime = true),
    FIELD(registrar_conf, case_sensitive, "Users differ by case.", .def = "0", .runtime = true),
    FIELD(registrar_conf, realm_prefix, "Stripped from the front of domains.", .def = "",
          .runtime = true, .aliases = (const char *const[]){ "realm_pref", NULL }),
    FIELD(registrar_conf, min_expires, "Shortest expiry in seconds; 0: any.", .def = "60",
          .runtime = true),
    FIELD(registrar_conf, max_expires, "Longest expiry in seconds; 0: any.", .def = "0",
          .runtime = true),
    FIELD(registrar_conf, min_expires_mode, "A shorter one is 0: raised, 1: refused with 423.",
          .def = "0", .max = 1),
    FIELD(registrar_conf, received_param, "Contact parameter that shows `received` in replies.",
          .def = "received", .runtime = true),
    FIELD(registrar_conf, received_avp, "Variable with the URI a REGISTER came from.",
          .optional = true),
    FIELD(registrar_conf, max_contacts, "Contacts of one user; 0: any number.", .def = "0",
          .runtime = true),
    FIELD(registrar_conf, retry_after, "Retry-After of 5xx replies; 0: none.", .def = "0",
          .runtime = true),
    FIELD(registrar_conf, sock_mode, "1: keep the advertised address of the socket.", .def = "0",
          .max = 1),
    FIELD(registrar_conf, sock_flag, "Message flag: take the socket from sock_hdr_name.",
          .def = "-1", .min = -1, .max = 31),
    FIELD(registrar_conf, sock_hdr_name, "Header with the receiving socket.", .def = ""),
    FIELD(registrar_conf, method_filtering, "Only contacts that take the request's method.",
          .def = "0", .runtime = true),
    FIELD(registrar_conf, use_path, "Keep Path (RFC 3327).", .def = "0", .runtime = true),
    FIELD(registrar_conf, path_mode, "0: not in replies, 1: for who supports it, 2: refuse others.",
          .def = "2", .max = 2, .runtime = true),
    FIELD(registrar_conf, path_use_received, "Take `received` from the first Path.", .def = "0",
          .runtime = true),
    FIELD(registrar_conf, path_check_local, "Leave this server's own Path out in lookup().",
          .def = "0", .runtime = true),
    FIELD(registrar_conf, xavp_cfg, "XAVP with settings of one request.", .def = ""),
    FIELD(registrar_conf, xavp_rcd, "XAVP for details of the records found.", .def = ""),
    FIELD(registrar_conf, xavp_rcd_mask, "Bits of details to leave out.", .def = "0"),
    FIELD(registrar_conf, gruu_enabled, "Instance ids and GRUU (RFC 5627).", .def = "1"),
    FIELD(registrar_conf, outbound_mode, "RFC 5626: 0 no, 1 yes, 2 required.", .def = "0",
          .max = 2),
    FIELD(registrar_conf, regid_mode, "Use reg-id without outbound.", .def = "0", .max = 1),
    FIELD(registrar_conf, flow_timer, "Flow-Timer in seconds; 0: none.", .def = "0"),
    FIELD(registrar_conf, contact_max_size, "Bytes of a contact URI.", .def = "512", .min = 1,
          .max = 16384),
    FIELD(registrar_conf, event_callback, "Function of an embedded language for events.", .def = "",
          .inert = "embedded languages are not there yet; event_route is run"),
    FIELD(registrar_conf, lookup_filter_mode, "Bits: 1 by branch flags, 2 open connections only.",
          .def = "0"),
    FIELD(registrar_conf, use_expired_contacts, "Contacts that ran out are used too.", .def = "0",
          .runtime = true),
    { 0 },
};

static const struct registrar_conf *now(void)
{
    return current_conf(&module_registrar);
}
#define READER(name)                                                                               \
    static int64_t read_##name(void)                                                               \
    {                                                                                              \
        return now()->name;                                                                        \
    }
READER(max_expires)
READER(max_contacts)
READER(default_expires)
READER(default_expires_range)
READER(expires_range)

#define READ_STAT(label, member)                                                                   \
    {                                                                                              \
        .group = "registrar", .name = (label), .doc = "The parameter " #member ".", .gauge = true, \
        .read = read_##member                                                                      \
    }
static const struct stat_decl stats[] = {
    [STAT_MAX_EXPIRES] = READ_STAT("max_expires", max_expires),
    [STAT_MAX_CONTACTS] = READ_STAT("max_contacts", max_contacts),
    [STAT_DEFAULT_EXPIRE] = READ_STAT("default_expire", default_expires),
    [STAT_DEFAULT_EXPIRES_RANGE] = READ_STAT("default_expires_range", default_expires_range),
    [STAT_EXPIRES_RANGE] = READ_STAT("expires_range", expires_range),
    [STAT_ACCEPTED] = { .group = "registrar",
                        .name = "accepted_regs",
                        .doc = "Requests that save() accepted." },
    [STAT_REJECTED] = { .group = "registrar",
                        .name = "rejected_regs",
                        .doc = "Requests that save() refused." },
    { 0 },
};
static const struct event events[] = {
    { "usrloc:contact-expired", "A contact ran out; $ulc(exp=>…) describes it." },
    { 0 },
};

static err_t registrar_check(struct load *l, void *data)
{
    const struct registrar_conf *conf = data;

    if (conf->flow_timer > 0 && conf->outbound_mode == OUTBOUND_NONE)
        load_fault(l, "flow_timer", "needs outbound_mode 1 or 2");
    return ERR_OK;
}

static err_t registrar_start(const void *data)
{
    (void)data;
    registrar_self.answer_slot = call_slot_new();
    registrar_self.profile_slot = call_slot_new();
    location_on_change(on_location_change);
    return ERR_OK;
}

const struct module module_registrar = {
    .abi = MODULE_ABI,
    .name = "registrar",
    .doc = "Handles REGISTER requests and finds the contacts of registered users.",
    .needs = (const char *const[]){ "usrloc", NULL },
    .slot = &registrar_self.slot,
    .conf_size = sizeof(struct registrar_conf),
    .params = params,
    .funcs = funcs,
    .vars = registrar_vars,
    .events = events,
    .stats = stats,
    .check = registrar_check,
    .start = registrar_start,
};
