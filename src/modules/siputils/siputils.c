/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of messages and numbers, URIs and their parts, and an answer to OPTIONS. */
#include "modules/siputils/siputils.h"

static struct {
    struct module_slot slot;
} self;

/* Answers an OPTIONS for the server itself with what it takes (RFC 3261, 11.2). */
static int options_reply(struct call *c)
{
    const struct siputils_conf *conf = call_conf(c, &module_siputils);
    const struct uri *u = call_uri(c, NULL);

    if (!c->msg->request || c->msg->method != METHOD_OPTIONS || !u || u->user.n)
        return SCRIPT_FALSE;
    const struct {
        const char *name;
        struct str value;
    } lines[] = { { "Accept", conf->options_accept },
                  { "Accept-Encoding", conf->options_accept_encoding },
                  { "Accept-Language", conf->options_accept_language },
                  { "Supported", conf->options_support } };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        reply_add_header(
            c, arena_fmt(c->arena, "%s: " STR_FMT "\r\n", lines[i].name, STR_ARG(lines[i].value)));
    return truth(send_local_reply(c, 200, STR("OK"), STR_NONE) == ERR_OK);
}

EXPOSE0(options_reply)
EXPOSE0(is_request)
EXPOSE0(is_reply)
EXPOSE0(is_sip)
EXPOSE0(is_http)
EXPOSE0(has_totag)
EXPOSE(is_first_hop, mode_args)
EXPOSE(is_user, text_args)
EXPOSE(is_supported, text_args)
EXPOSE(is_e164, text_args)
EXPOSE(is_uri_user_e164, text_args)
EXPOSE(is_tel_number, text_args)
EXPOSE(is_numeric, text_args)
EXPOSE(is_alphanum, text_args)
EXPOSE(is_alphanumex, two_args)
EXPOSE(hdr_date_check, mode_args)
EXPOSE(uri_param_is, param_args)
EXPOSE(uri_param_any, text_args)
EXPOSE(add_uri_param, text_args)
EXPOSE(get_uri_param, get_param_args)
EXPOSE(uri_param_rm, text_args)
EXPOSE(tel2sip, tel2sip_args)
EXPOSE(tel2sip2, tel2sip_args)
EXPOSE(is_uri, text_args)
EXPOSE(is_gruu, optional_args)
EXPOSE(cmp_uri, two_args)
EXPOSE(cmp_aor, two_args)
EXPOSE(cmp_hdr_name, two_args)
EXPOSE(set_uri_user, set_part_args)
EXPOSE(set_uri_host, set_part_args)
EXPOSE(encode_contact, two_args)
EXPOSE0(decode_contact)
EXPOSE0(decode_contact_header)
EXPOSE(contact_param_encode, two_args)
EXPOSE(contact_param_encode_alias, two_args)
EXPOSE(contact_param_decode, text_args)
EXPOSE(contact_param_decode_ruri, text_args)
EXPOSE(contact_param_rm, text_args)
EXPOSE(contact_param_check, text_args)
EXPOSE0(is_rpid_user_e164)
EXPOSE(append_rpid_hf, two_args)
EXPOSE(sip_p_charging_vector, text_args)
EXPOSE0(sip_parse_headers)

static const struct field siputils_conf_fields[] = {
    FIELD(siputils_conf, options_accept, "Accept in answers of options_reply().", .def = "*/*"),
    FIELD(siputils_conf, options_accept_encoding, "Accept-Encoding in these answers.", .def = ""),
    FIELD(siputils_conf, options_accept_language, "Accept-Language in these answers.", .def = "en"),
    FIELD(siputils_conf, options_support, "Supported in these answers.", .def = ""),
    FIELD(siputils_conf, contact_flds_separator,
          "The character between what encode_contact() puts into the user part.", .def = "*",
          .min = 1, .max = 1),
    FIELD(siputils_conf, rpid_prefix, "What append_rpid_hf() puts before the identity.", .def = ""),
    FIELD(siputils_conf, rpid_suffix, "What append_rpid_hf() puts behind the identity.",
          .def = ";party=calling;id-type=subscriber;screen=yes"),
    FIELD(siputils_conf, rpid_avp, "The variable that holds the identity.", .def = "$avp(s:rpid)"),
    FIELD(siputils_conf, e164_max_len, "The longest E.164 number, the + included.", .def = "16",
          .min = 3, .max = 64),
    FIELD(siputils_conf, ring_timeout, "Accepted without effect.", .def = "0", .runtime = true,
          .inert = "no function of this module keeps rings any more"),
    { 0 },
};
static const struct field text_args_fields[] = {
    FIELD(text_args, text, "A text."),
    { 0 },
};
static const struct field optional_args_fields[] = {
    FIELD_NAMED(optional_args, text, "uri", "A URI; the Request-URI when it is missing.",
                .optional = true),
    { 0 },
};
static const struct field two_args_fields[] = {
    FIELD(two_args, first, "A text."),
    FIELD(two_args, second, "Another."),
    { 0 },
};
static const struct field encode_args_fields[] = {
    FIELD_NAMED(two_args, first, "prefix", "What tells an encoded contact from others."),
    FIELD_NAMED(two_args, second, "host", "The host, and port, that stands in its place."),
    { 0 },
};
static const struct field param_encode_args_fields[] = {
    FIELD_NAMED(two_args, first, "parameter", "The parameter that keeps the received URI."),
    FIELD_NAMED(two_args, second, "host", "The URI of this server that stands in its place."),
    { 0 },
};
static const struct field param_name_args_fields[] = {
    FIELD_NAMED(text_args, text, "parameter", "The name of the parameter."),
    { 0 },
};
static const struct field flags_args_fields[] = {
    FIELD_NAMED(text_args, text, "flags", "r removes it, g makes one, f removes and makes."),
    { 0 },
};
static const struct field rpid_args_fields[] = {
    FIELD_NAMED(two_args, first, "prefix", "Stands before the identity.", .optional = true),
    FIELD_NAMED(two_args, second, "suffix", "Stands behind it.", .optional = true),
    { 0 },
};
static const struct field mode_args_fields[] = {
    FIELD(mode_args, mode, "0: a reply's Record-Route must hold an address; 1: a name will do.",
          .def = "0"),
    { 0 },
};
static const struct field seconds_args_fields[] = {
    FIELD_NAMED(mode_args, mode, "seconds", "How far Date may be from now."),
    { 0 },
};
static const struct field param_args_fields[] = {
    FIELD(param_args, name, "The name of the parameter."),
    FIELD(param_args, value, "Its value; when it is missing, the parameter must have none.",
          .optional = true),
    { 0 },
};
static const struct field get_param_args_fields[] = {
    FIELD(get_param_args, name, "The name of the parameter."),
    FIELD(get_param_args, into, "The variable that gets its value."),
    { 0 },
};
static const struct field set_part_args_fields[] = {
    FIELD(set_part_args, uri, "The variable that holds the URI."),
    FIELD(set_part_args, part, "The new part."),
    { 0 },
};
static const struct field tel2sip_args_fields[] = {
    FIELD(tel2sip_args, uri, "The URI."),
    FIELD(tel2sip_args, host, "The host of the SIP URI."),
    FIELD(tel2sip_args, into, "The variable that gets it."),
    { 0 },
};

#define NAMED_ARGS(fn, st, fields, ...)                                                            \
    {                                                                                              \
        .name = #fn, .run = fn##_with_##st, .args = (fields), .args_size = sizeof(struct st),      \
        .doc = __VA_ARGS__                                                                         \
    }

enum {
    CONTACT_ROUTES = ROUTE_REQUEST | ROUTE_REPLY | ROUTE_TM_REPLY | ROUTE_EVENT,
    REQUEST_ROUTES = ROUTE_REQUEST | ROUTE_BRANCH | ROUTE_FAILURE | ROUTE_EVENT,
    TEL_ROUTES = REQUEST_ROUTES | ROUTE_REPLY | ROUTE_TM_REPLY,
};

static const struct outcome tel_outcomes[] = {
    { 1, "it was made" },
    { 2, "it was no tel URI" },
    { -1, "it could not be stored" },
    { 0 },
};
static const struct func funcs[] = {
    FUNC0(options_reply, "Answers an OPTIONS for the server itself.", .routes = ROUTE_REQUEST),
    FUNC0(is_request, "Tells whether the message is a request."),
    FUNC0(is_reply, "Tells whether the message is a reply."),
    FUNC0(is_sip, "Tells whether the message is SIP."),
    FUNC0(is_http, "Tells whether the message is HTTP."),
    FUNC0(has_totag, "Tells whether To has a tag: the request belongs to a dialog."),
    FUNC(is_first_hop, mode_args, "Tells whether the message came straight from its maker."),
    FUNC(is_user, text_args, "Tells whether the credentials are of a user.",
         .routes = ROUTE_REQUEST | ROUTE_EVENT),
    FUNC(is_supported, text_args, "Tells whether Supported has an option."),
    FUNC(is_e164, text_args, "Tells whether a text is an E.164 number."),
    FUNC(is_uri_user_e164, text_args, "Tells whether a URI's user is an E.164 number."),
    FUNC(is_tel_number, text_args,
         "Tells whether a text is digits, with an optional + before them."),
    FUNC(is_numeric, text_args, "Tells whether a text is digits."),
    FUNC(is_alphanum, text_args, "Tells whether a text is letters and digits."),
    FUNC(is_alphanumex, two_args, "The same with further characters allowed."),
    { .name = "hdr_date_check",
      .run = hdr_date_check_with_mode_args,
      .args = seconds_args_fields,
      .args_size = sizeof(struct mode_args),
      .doc = "Tells whether Date is near enough to now.",
      .returns = (const struct outcome[]){ { 1, "it is" },
                                           { -1, "it is not" },
                                           { -2, "there is no Date" },
                                           { -3, "it is malformed" },
                                           { 0 } } },
    FUNC_NAMED("uri_param", uri_param_is, param_args,
               "Tells whether the Request-URI has a parameter, and with the value.",
               .routes = REQUEST_ROUTES),
    FUNC(uri_param_any, text_args, "Tells whether the Request-URI has a parameter, with any value.",
         .routes = REQUEST_ROUTES),
    FUNC(add_uri_param, text_args, "Adds a parameter to the Request-URI.", .routes = ROUTE_REQUEST),
    FUNC(get_uri_param, get_param_args, "Stores the value of a parameter of the Request-URI.",
         .routes = ROUTE_REQUEST | ROUTE_EVENT),
    FUNC(uri_param_rm, text_args, "Removes a parameter of the Request-URI.",
         .routes = REQUEST_ROUTES),
    FUNC(tel2sip, tel2sip_args, "Makes a SIP URI of a tel URI.", .routes = TEL_ROUTES,
         .returns = tel_outcomes),
    FUNC(tel2sip2, tel2sip_args,
         "Makes a SIP URI of a tel URI; parameters of the number become parameters of the URI.",
         .routes = TEL_ROUTES, .returns = tel_outcomes),
    FUNC(is_uri, text_args, "Tells whether a text is a SIP or tel URI."),
    FUNC(is_gruu, optional_args, "Tells whether a URI is a GRUU.",
         .returns =
             (const struct outcome[]){
                 { 1, "a public one" }, { 2, "a temporary one" }, { -1, "it is none" }, { 0 } }),
    FUNC(cmp_uri, two_args, "Tells whether two URIs are equal (RFC 3261, 19.1.4)."),
    FUNC(cmp_aor, two_args, "Tells whether two URIs are the same address of record."),
    FUNC(cmp_hdr_name, two_args, "Tells whether two header names are the same."),
    FUNC(set_uri_user, set_part_args, "Changes the user of the URI in a variable."),
    FUNC(set_uri_host, set_part_args, "Changes the host of the URI in a variable."),
    NAMED_ARGS(encode_contact, two_args, encode_args_fields,
               "Hides the URIs of Contact in the user parts of new ones.",
               .routes = CONTACT_ROUTES),
    FUNC0(decode_contact, "Turns an encoded Request-URI back.", .routes = ROUTE_REQUEST),
    FUNC0(decode_contact_header, "Turns encoded URIs of Contact back.", .routes = TEL_ROUTES),
    NAMED_ARGS(contact_param_encode, two_args, param_encode_args_fields,
               "Hides the URIs of Contact in a parameter of new ones.", .routes = CONTACT_ROUTES),
    NAMED_ARGS(contact_param_encode_alias, two_args, param_encode_args_fields,
               "The same unless the host is one of this server's.", .routes = CONTACT_ROUTES),
    NAMED_ARGS(contact_param_decode, text_args, param_name_args_fields,
               "Turns URIs of Contact that have the parameter back.", .routes = CONTACT_ROUTES),
    NAMED_ARGS(contact_param_decode_ruri, text_args, param_name_args_fields,
               "Turns a Request-URI that has the parameter back.", .routes = ROUTE_REQUEST),
    NAMED_ARGS(contact_param_rm, text_args, param_name_args_fields,
               "Removes a parameter of the URIs of Contact.", .routes = CONTACT_ROUTES),
    NAMED_ARGS(contact_param_check, text_args, param_name_args_fields,
               "Tells whether a URI of Contact has the parameter."),
    FUNC0(is_rpid_user_e164, "Tells whether the authenticated identity is a number.",
          .routes = ROUTE_REQUEST),
    NAMED_ARGS(append_rpid_hf, two_args, rpid_args_fields,
               "Adds Remote-Party-ID with the authenticated identity.", .routes = REQUEST_ROUTES),
    NAMED_ARGS(sip_p_charging_vector, text_args, flags_args_fields,
               "Removes or makes P-Charging-Vector (RFC 7315)."),
    FUNC0(sip_parse_headers, "Tells whether all headers can be read."),
    { 0 },
};

static const struct variable vars[] = {
    { .name = "pcv",
      .doc = "A part of P-Charging-Vector: all, value, genaddr, orig, term or status.",
      .get = get_pcv,
      .key = true,
      .prepare = prepare_pcv },
    { 0 },
};

static err_t check(struct load *l, void *conf)
{
    struct siputils_conf *s = conf;

    return load_var(l, s->rpid_avp, &s->rpid);
}

const struct module module_siputils = {
    .abi = MODULE_ABI,
    .name = "siputils",
    .doc = "Tests of messages and numbers, URIs and their parts, and an answer to OPTIONS.",
    .slot = &self.slot,
    .conf_size = sizeof(struct siputils_conf),
    .params = siputils_conf_fields,
    .funcs = funcs,
    .vars = vars,
    .check = check,
};
