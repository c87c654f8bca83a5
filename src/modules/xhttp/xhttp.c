/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP on the SIP ports: a request runs event_route[xhttp:request]. */
#include "base/regex.h"
#include "core/http.h"
#include "core/send.h"
#include "script/value.h"

struct xhttp_conf {
    const struct regex *url_match, *url_skip;
    struct str event_callback;
};

extern const struct module module_xhttp;

static struct {
    struct module_slot slot;
} self;

static bool is_http(const struct call *c)
{
    return c->msg && str_istarts(c->msg->version, STR("HTTP/"));
}

/* Whether the parameters let this URL through to the script. */
static bool wanted(const struct xhttp_conf *conf, struct str url)
{
    if (conf->url_skip && regex_match(conf->url_skip, url, NULL, 0) == ERR_OK)
        return false;
    return !conf->url_match || regex_match(conf->url_match, url, NULL, 0) == ERR_OK;
}

static bool serve(struct call *c)
{
    if (!generation_has_module(c->gen, "xhttp") ||
        !wanted(call_conf(c, &module_xhttp), c->msg->uri))
        return false;
    event_run(c, "xhttp:request", SCRIPT_TRUE);
    return c->replied;
}

static err_t start(const void *conf)
{
    (void)conf;
    http_serve(serve);
    return ERR_OK;
}

struct reply_args {
    int64_t code;
    struct str reason, type, body;
};
static const struct field reply_args_fields[] = {
    FIELD(reply_args, code, "The status code.", .min = 100, .max = 999),
    FIELD(reply_args, reason, "The reason phrase."),
    FIELD(reply_args, type, "The Content-Type of the body; empty: none."),
    FIELD(reply_args, body, "The body."),
    { 0 },
};

static int xhttp_reply(struct call *c, const struct reply_args *a)
{
    if (!is_http(c))
        return SCRIPT_FALSE;
    return http_reply(c, (unsigned)a->code, a->reason, a->type, a->body) ? SCRIPT_FALSE
                                                                         : SCRIPT_TRUE;
}
EXPOSE(xhttp_reply, reply_args)

static int bind_xhttp(struct call *c)
{
    (void)c;
    return SCRIPT_FALSE;
}
EXPOSE0(bind_xhttp)

static err_t get_url(struct call *c, const struct var_ref *at, struct value *out)
{
    (void)at;
    *out = is_http(c) ? VALUE_OF_STR(c->msg->uri) : VALUE_NONE;
    return ERR_OK;
}

static const struct str question = STR_INIT("?");

static err_t url_path(struct call *c, const struct value *in, const void *args, struct value *out)
{
    struct str url = value_text(in, c->arena);

    (void)args;
    *out = VALUE_OF_STR(str_cut(url, 0, str_find(url, *question.p)));
    return ERR_OK;
}

static err_t url_query(struct call *c, const struct value *in, const void *args, struct value *out)
{
    struct str url = value_text(in, c->arena);

    (void)args;
    *out = VALUE_OF_STR(str_skip(url, str_find(url, *question.p) + 1));
    return ERR_OK;
}

static const struct field params[] = {
    FIELD(xhttp_conf, url_match, "Only URLs that match run the event route.", .optional = true),
    FIELD(xhttp_conf, url_skip, "URLs that match do not run the event route.", .optional = true),
    FIELD(xhttp_conf, event_callback, "Function of an embedded language to run instead.",
          .optional = true, .inert = "embedded languages come with their own modules"),
    { 0 },
};
static const struct func funcs[] = {
    FUNC(xhttp_reply, reply_args, "Answers an HTTP request.", .routes = ROUTE_REQUEST | ROUTE_EVENT,
         .returns = (const struct outcome[]){ { 1, "the reply was sent" },
                                              { -1, "it was not, or the request is not HTTP" },
                                              { 0 } }),
    FUNC0(bind_xhttp, "For modules of the packaged server, not for scripts: always fails."),
    { 0 },
};
static const struct variable vars[] = {
    { .name = "hu", .doc = "The URL of the HTTP request as received.", .get = get_url },
    { 0 },
};
static const struct transformation transformations[] = {
    { .class = "url", .name = "path", .doc = "A URL without its query.", .run = url_path },
    { .class = "url",
      .name = "querystring",
      .doc = "What follows the question mark of a URL.",
      .run = url_query },
    { 0 },
};
static const struct event events[] = {
    { "xhttp:request", "An HTTP request arrived on a SIP port." },
    { 0 },
};

const struct module module_xhttp = {
    .abi = MODULE_ABI,
    .name = "xhttp",
    .doc = "Serves HTTP on the SIP ports: each request runs an event route.",
    .slot = &self.slot,
    .conf_size = sizeof(struct xhttp_conf),
    .params = params,
    .funcs = funcs,
    .vars = vars,
    .transformations = transformations,
    .events = events,
    .start = start,
};
