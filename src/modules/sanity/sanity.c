/* SPDX-License-Identifier: BSD-2-Clause */
/* sanity: what RFC 3261 wants of a message, checked as far as a configuration asks. */
#include "base/log.h"
#include "core/send.h"
#include "modules/sanity/sizes.h"
#include "modules/sl/sl.h"
#include "sip/validate.h"

struct sanity_conf {
    int64_t default_checks, uri_checks, size_checks;
    struct size_limits size;
    struct str proxy_require;
    bool autodrop, noreply;
};
struct check_args {
    int64_t checks, uris;
};

static struct {
    struct module_slot slot;
    unsigned call_slot;
} self;

extern const struct module module_sanity;

/* In the call's slot: what the last check found wrong. */
static struct fault *fault_of(struct call *c)
{
    return c->module_data[self.call_slot];
}

static int reply(struct call *c, const struct fault *fault)
{
    err_t e;

    if (!c->msg->request || c->msg->method == METHOD_ACK)
        return SCRIPT_TRUE;
    if (fault->unsupported.n)
        reply_add_header(
            c, arena_fmt(c->arena, "Unsupported: " STR_FMT "\r\n", STR_ARG(fault->unsupported)));
    e = sl_respond(c, fault->status, fault->reason);
    if (!e)
        return SCRIPT_TRUE;
    c->error = e;
    return SCRIPT_FALSE;
}

static int fail(struct call *c, const struct sanity_conf *conf, const struct fault *fault)
{
    log_debug("sanity", "a message is refused: " STR_FMT, STR_ARG(fault->reason));
    if (!conf->noreply)
        reply(c, fault);
    return conf->autodrop ? SCRIPT_EXIT : SCRIPT_FALSE;
}

/* Any datagram may be longer than its Content-Length says; RFC 3261, 18.3 would have the rest
 * ignored, this check calls it a fault. */
static bool length_is_exact(const struct msg *m, struct fault *fault)
{
    int64_t n = msg_content_length(m);

    if (n < 0 || (uint64_t)n == m->raw.n - m->head.n)
        return true;
    *fault = (struct fault){ .status = 400, .reason = STR("Content-Length mis-match") };
    return false;
}

static int sanity_check(struct call *c, const struct check_args *a)
{
    const struct sanity_conf *conf = call_conf(c, &module_sanity);
    unsigned checks = (unsigned)(a->checks >= 0 ? a->checks : conf->default_checks);
    struct check_rules rules = {
        .uris = (unsigned)(a->uris >= 0 ? a->uris : conf->uri_checks),
        .proxy_require = conf->proxy_require,
    };
    struct fault *fault = ARENA_NEW(c->arena, struct fault);

    c->module_data[self.call_slot] = NULL;
    if (check_message(c->msg, checks & 0x7fff, &rules, fault) &&
        (!(checks & CHECK_CONTENT_LENGTH) || length_is_exact(c->msg, fault))) {
        if (!conf->size_checks ||
            sizes_fit(c->msg, (unsigned)conf->size_checks, &conf->size, &fault->reason))
            return SCRIPT_TRUE;
        fault->status = 400;
    }
    c->module_data[self.call_slot] = fault;
    return fail(c, conf, fault);
}
EXPOSE(sanity_check, check_args)

static int sanity_reply(struct call *c)
{
    const struct sanity_conf *conf = call_conf(c, &module_sanity);
    const struct fault *fault = fault_of(c);

    if (!fault || !conf->noreply)
        return SCRIPT_FALSE;
    c->module_data[self.call_slot] = NULL;
    return reply(c, fault);
}
EXPOSE0(sanity_reply)

static err_t start(const void *conf)
{
    (void)conf;
    self.call_slot = call_slot_new();
    return ERR_OK;
}

#define SIZE(member, limit, what)                                                                  \
    FIELD_NAMED(sanity_conf, size.member, "size_" #member, what, .def = limit, .min = 0,           \
                .max = 1 << 24)
static const struct field sanity_conf_fields[] = {
    FIELD(sanity_conf, default_checks, "The checks of sanity_check() without arguments, a sum.",
          .def = "3047"),
    FIELD(sanity_conf, uri_checks,
          "The URIs looked at: 1 Request-URI, 2 From, 4 To, 8 Contact; a sum.", .def = "7"),
    FIELD(sanity_conf, size_checks,
          "The sizes looked at, a sum: 1 message, 2 method, 4 Request-URI, 8 From, 16 To, 32 "
          "Contact, 64 Route, 128 Path, 256 P-Asserted-Identity, 512 one header, 1024 all headers, "
          "2048 body.",
          .def = "0"),
    SIZE(message, "16384", "Bytes of a message."),
    SIZE(method, "32", "Bytes of a method."),
    SIZE(ruri, "256", "Bytes of a Request-URI."),
    SIZE(from_uri, "256", "Bytes of the URI in From."),
    SIZE(to_uri, "256", "Bytes of the URI in To."),
    SIZE(contact_uri, "256", "Bytes of a URI in Contact."),
    SIZE(route_uri, "256", "Bytes of a URI in Route."),
    SIZE(path_uri, "256", "Bytes of a URI in Path."),
    SIZE(pai_uri, "256", "Bytes of a URI in P-Asserted-Identity."),
    SIZE(header, "2048", "Bytes of one header."),
    SIZE(headers, "8192", "Bytes of all headers."),
    SIZE(body, "8192", "Bytes of the body."),
    FIELD(sanity_conf, proxy_require, "The extensions that Proxy-Require may ask for, by commas.",
          .def = ""),
    FIELD(sanity_conf, autodrop, "A failed check ends the script.", .def = "1"),
    FIELD(sanity_conf, noreply, "A failed check is not answered; sanity_reply() does that.",
          .def = "0"),
    { 0 },
};
static const struct field check_args_fields[] = {
    FIELD(check_args, checks, "The checks to make, a sum; -1: default_checks.", .def = "-1"),
    FIELD(check_args, uris, "The URIs to look at, a sum; -1: uri_checks.", .def = "-1"),
    { 0 },
};
#define CHECKING_ROUTES (ROUTE_REQUEST | ROUTE_TM_REPLY | ROUTE_REPLY)
static const struct func funcs[] = {
    FUNC(sanity_check, check_args,
         "Checks the message: 1 SIP version, 2 scheme of the Request-URI, 4 required headers, 32 "
         "method of CSeq, 64 number of CSeq, 128 Content-Length, 256 Expires, 512 Proxy-Require, "
         "1024 URIs, 2048 credentials, 4096 tags, 8192 Authorization, 16384 first Via.",
         .routes = CHECKING_ROUTES, .suspends = true,
         .returns = (const struct outcome[]){ { 1, "all is well" },
                                              { 0, "a check failed: the script ends (autodrop)" },
                                              { -1, "a check failed" },
                                              { 0 } }),
    FUNC0(sanity_reply, "Replies with what the last failed check found (noreply).",
          .routes = CHECKING_ROUTES, .suspends = true,
          .returns = (const struct outcome[]){ { 1, "the reply was sent" },
                                               { -1, "there is nothing to reply" },
                                               { 0 } }),
    { 0 },
};

const struct module module_sanity = {
    .abi = MODULE_ABI,
    .name = "sanity",
    .doc = "Checks messages for what RFC 3261 wants of them.",
    .needs = (const char *const[]){ "sl", NULL },
    .slot = &self.slot,
    .conf_size = sizeof(struct sanity_conf),
    .params = sanity_conf_fields,
    .funcs = funcs,
    .start = start,
};
