/* SPDX-License-Identifier: BSD-2-Clause */
/* The auth module: digest authentication of requests. */
#include "base/digest.h"
#include "base/random.h"
#include "core/send.h"
#include "modules/auth/inner.h"
#include "txn/txn.h"

struct auth_self auth_self;

struct challenge_args {
    struct str realm;
    int64_t flags;
    struct str algorithm;
};
struct password_args {
    struct str realm, password;
    int64_t flags;
    struct str method;
};
struct check_args {
    struct str realm, password;
    int64_t flags, checks;
};
struct get_args {
    struct str realm;
    int64_t flags;
    const struct var_ref *into;
};
struct realm_args {
    struct str realm;
};
struct algorithm_args {
    struct str algorithm;
};

/* Challenges. */

static int reply(struct call *c, unsigned status, struct str reason)
{
    const struct auth_conf *conf = call_conf(c, &module_auth);
    err_t e;

    if (c->txn && !conf->force_stateless_reply)
        e = txn_reply(c, c->txn, status, reason);
    else
        e = send_local_reply(c, status, reason, STR_NONE);
    return e ? SCRIPT_FALSE : SCRIPT_TRUE;
}

static int challenge(struct call *c, const struct challenge_args *a, bool proxy)
{
    struct str value;

    if (!c->msg->request || c->msg->method == METHOD_ACK || c->msg->method == METHOD_CANCEL)
        return SCRIPT_TRUE;
    if (a->realm.n == 0) {
        if (!(a->flags & CHALLENGE_NO_500))
            (void)reply(c, 500, STR("Server Internal Error"));
        return SCRIPT_FALSE;
    }
    value = auth_challenge_text(c, a->realm, (unsigned)a->flags, a->algorithm);
    reply_add_header(c,
                     arena_fmt(c->arena, "%s: " STR_FMT "\r\n",
                               proxy ? "Proxy-Authenticate" : "WWW-Authenticate", STR_ARG(value)));
    if (proxy)
        return reply(c, 407, STR("Proxy Authentication Required"));
    return reply(c, 401, STR("Unauthorized"));
}

static int www_challenge(struct call *c, const struct challenge_args *a)
{
    return challenge(c, a, false);
}
static int proxy_challenge(struct call *c, const struct challenge_args *a)
{
    return challenge(c, a, true);
}
static int auth_challenge(struct call *c, const struct challenge_args *a)
{
    return challenge(c, a, c->msg->method != METHOD_REGISTER);
}

static int auth_get_www_authenticate(struct call *c, const struct get_args *a)
{
    static const unsigned qop[] = { 0, 0, 0, 0, CHALLENGE_AUTH, 0, 0, 0, CHALLENGE_AUTH_INT };
    unsigned flags = qop[a->flags & 4] | qop[a->flags & 8] | (unsigned)(a->flags & CHALLENGE_STALE);
    struct value v;

    if (a->realm.n == 0)
        return SCRIPT_FALSE;
    v = VALUE_OF_STR(auth_challenge_text(c, a->realm, flags, STR("")));
    return var_set(c, a->into, &v) ? SCRIPT_FALSE : SCRIPT_TRUE;
}

/* Passwords given by the script. */

enum { PASSWORD_IS_HA1 = 1, BUILD_PLAIN = 2, BUILD_AUTH = 4, BUILD_AUTH_INT = 8 };

/* Leaves the challenge that the script asked for in $avp(digest_challenge). */
static void keep_challenge(struct call *c, struct str realm, int64_t flags, bool proxy)
{
    unsigned qop = (flags & BUILD_AUTH ? CHALLENGE_AUTH : 0u) |
                   (flags & BUILD_AUTH_INT ? CHALLENGE_AUTH_INT : 0u) |
                   (unsigned)(flags & CHALLENGE_STALE);
    struct value v;

    if (!(flags & (BUILD_PLAIN | BUILD_AUTH | BUILD_AUTH_INT)) || !c->vars)
        return;
    v = VALUE_OF_STR(arena_fmt(c->arena, "%s: " STR_FMT "\r\n",
                               proxy ? "Proxy-Authenticate" : "WWW-Authenticate",
                               STR_ARG(auth_challenge_text(c, realm, qop, STR("")))));
    avp_push(c->vars, AVP_PLAIN, STR("digest_challenge"), &v);
}

static int check(struct call *c, const struct password_args *a, bool proxy, bool sender)
{
    const struct auth_conf *conf = call_conf(c, &module_auth);
    struct auth_found f;
    enum auth_code code;
    struct str ha1;

    if (a->realm.n == 0)
        return AUTH_FAILED;
    code = auth_find(c, proxy, a->realm, &f);
    if (code == AUTH_FOUND) {
        ha1 = a->flags & PASSWORD_IS_HA1 ? a->password : auth_ha1(c, &f, a->password);
        code = auth_verify(c, &f, ha1, a->method);
        if (code == AUTH_GRANTED && sender && !auth_is_sender(c, &f, conf->use_domain))
            code = AUTH_USER_MISMATCH;
    }
    if (code < 0)
        keep_challenge(c, a->realm, a->flags, proxy);
    return code;
}

static int pv_www_authenticate(struct call *c, const struct password_args *a)
{
    return check(c, a, false, false);
}
static int pv_proxy_authenticate(struct call *c, const struct password_args *a)
{
    return check(c, a, true, false);
}
static int pv_auth_check(struct call *c, const struct check_args *a)
{
    struct password_args p = { a->realm, a->password, a->flags, STR_NONE };

    return check(c, &p, c->msg->method != METHOD_REGISTER, a->checks & 1);
}

/* The rest. */

static bool has_realm(struct call *c, enum header_id id, struct str realm)
{
    struct digest_credentials cr;

    for (const struct header *h = msg_header(c->msg, id); h; h = msg_header_next(c->msg, h)) {
        if (digest_credentials_parse(h->body, &cr) == ERR_OK && str_ieq(cr.realm, realm))
            return true;
    }
    return false;
}

static int has_credentials(struct call *c, const struct realm_args *a)
{
    return has_realm(c, HEADER_PROXY_AUTHORIZATION, a->realm) ||
                   has_realm(c, HEADER_AUTHORIZATION, a->realm)
               ? SCRIPT_TRUE
               : SCRIPT_FALSE;
}

static int consume_credentials(struct call *c)
{
    struct auth_run *run = auth_run_of(c);

    if (!run->used)
        return c->msg->method == METHOD_ACK || c->msg->method == METHOD_CANCEL ? SCRIPT_TRUE
                                                                               : SCRIPT_FALSE;
    edit_remove_header(&c->edits, c->msg, run->used);
    run->used = NULL;
    return SCRIPT_TRUE;
}

static int auth_algorithm(struct call *c, const struct algorithm_args *a)
{
    if (auth_algorithm_of(a->algorithm) == AUTH_ALGORITHM_OTHER)
        return SCRIPT_FALSE;
    auth_run_of(c)->algorithm = arena_dup(c->arena, a->algorithm);
    return SCRIPT_TRUE;
}

EXPOSE(www_challenge, challenge_args)
EXPOSE(proxy_challenge, challenge_args)
EXPOSE(auth_challenge, challenge_args)
EXPOSE(auth_get_www_authenticate, get_args)
EXPOSE(pv_www_authenticate, password_args)
EXPOSE(pv_proxy_authenticate, password_args)
EXPOSE(pv_auth_check, check_args)
EXPOSE(has_credentials, realm_args)
EXPOSE0(consume_credentials)
EXPOSE(auth_algorithm, algorithm_args)

#define REALM "Realm, usually the domain of the user."
#define PASSWORD_FLAGS                                                                             \
    "Bits: 1 the password is a ha1; on failure leave a challenge in $avp(digest_challenge): 2 "    \
    "without qop, 4 auth, 8 auth-int, 16 stale."
static const struct field challenge_args_fields[] = {
    FIELD(challenge_args, realm, REALM),
    FIELD(challenge_args, flags,
          "Bits: 1 qop auth, 2 qop auth-int, 4 no 500 on failure, 16 stale."),
    FIELD(challenge_args, algorithm, "MD5 or SHA-256; default: the parameter.", .def = ""),
    { 0 },
};
static const struct field get_args_fields[] = {
    FIELD(get_args, realm, REALM),
    FIELD(get_args, flags, "Bits: 4 qop auth, 8 qop auth-int, 16 stale."),
    FIELD(get_args, into, "Variable that gets the value."),
    { 0 },
};
static const struct field password_args_fields[] = {
    FIELD(password_args, realm, REALM),
    FIELD(password_args, password, "The password, or its ha1."),
    FIELD(password_args, flags, PASSWORD_FLAGS),
    FIELD(password_args, method, "Method to check with; default: the request's.", .def = ""),
    { 0 },
};
static const struct field check_args_fields[] = {
    FIELD(check_args, realm, REALM),
    FIELD(check_args, password, "The password, or its ha1."),
    FIELD(check_args, flags, PASSWORD_FLAGS),
    FIELD(check_args, checks, "1: the user must be that of From (To in a REGISTER)."),
    { 0 },
};
static const struct field realm_args_fields[] = {
    FIELD(realm_args, realm, REALM),
    { 0 },
};
static const struct field algorithm_args_fields[] = {
    FIELD(algorithm_args, algorithm, "MD5 or SHA-256."),
    { 0 },
};

static const struct outcome auth_outcomes[] = {
    { 1, "authenticated" },
    { -1, "it could not be checked" },
    { -2, "the password is wrong" },
    { -4, "the nonce has expired" },
    { -5, "there are no credentials for this realm" },
    { -6, "the nonce was used before" },
    { -8, "the user is not the sender" },
    { 0 },
};
enum { CHALLENGE_ROUTES = ROUTE_REQUEST | ROUTE_FAILURE | ROUTE_REPLY | ROUTE_TM_REPLY };
static const struct func funcs[] = {
    FUNC0(consume_credentials, "Removes the credentials that were verified.",
          .routes = ROUTE_REQUEST),
    FUNC(www_challenge, challenge_args, "Answers 401 with a challenge.", .routes = CHALLENGE_ROUTES,
         .suspends = true),
    FUNC(proxy_challenge, challenge_args, "Answers 407 with a challenge.",
         .routes = CHALLENGE_ROUTES, .suspends = true),
    FUNC(auth_challenge, challenge_args, "Answers 401 to a REGISTER and 407 to others.",
         .routes = CHALLENGE_ROUTES, .suspends = true),
    FUNC(pv_www_authenticate, password_args, "Checks Authorization against a password.",
         .routes = ROUTE_REQUEST, .returns = auth_outcomes,
         .aliases = (const char *const[]){ "pv_www_authorize", NULL }),
    FUNC(pv_proxy_authenticate, password_args, "Checks Proxy-Authorization against a password.",
         .routes = ROUTE_REQUEST, .returns = auth_outcomes,
         .aliases = (const char *const[]){ "pv_proxy_authorize", NULL }),
    FUNC(pv_auth_check, check_args,
         "Checks Authorization of a REGISTER, Proxy-Authorization of others.",
         .routes = ROUTE_REQUEST, .returns = auth_outcomes),
    FUNC(auth_get_www_authenticate, get_args, "Makes the value of a WWW-Authenticate header.",
         .routes = ROUTE_REQUEST),
    FUNC(has_credentials, realm_args, "Tells whether there are credentials for a realm.",
         .routes = ROUTE_REQUEST),
    FUNC(auth_algorithm, algorithm_args, "Chooses the algorithm of this run's challenges.",
         .routes = ROUTE_REQUEST),
    { 0 },
};

#define RING "one ring holds the state of all nonces; its size is set at the first start"
#define OLD  "configurations no longer use it"
static const struct field params[] = {
    FIELD(auth_conf, secret, "Key of the nonces, for servers that share it; default: random.",
          .def = ""),
    FIELD(auth_conf, nonce_expire, "Seconds a nonce is good for.", .def = "300", .min = 1,
          .max = 86400),
    FIELD(auth_conf, nonce_auth_max_drift, "Seconds a nonce may come from the future.", .def = "3"),
    FIELD(auth_conf, protect_contacts, "Protects contacts.", .def = "0", .inert = OLD),
    FIELD(auth_conf, challenge_attr, "Variable of the challenge.", .def = "$digest_challenge",
          .inert = "it is always $avp(digest_challenge)"),
    FIELD(auth_conf, proxy_challenge_header, "Name of that header.", .def = "Proxy-Authenticate",
          .inert = OLD),
    FIELD(auth_conf, www_challenge_header, "Name of that header.", .def = "WWW-Authenticate",
          .inert = OLD),
    FIELD(auth_conf, qop, "qop of challenges that do not say: auth, auth-int, or none.", .def = ""),
    FIELD(auth_conf, auth_checks_register,
          "What nonces of a REGISTER are bound to. Bits: 1 Request-URI, 2 Call-ID, 4 From tag, 8 "
          "source address.",
          .def = "0", .max = 15),
    FIELD(auth_conf, auth_checks_no_dlg, "The same for other requests outside dialogs.", .def = "0",
          .max = 15),
    FIELD(auth_conf, auth_checks_in_dlg, "The same for requests within dialogs.", .def = "0",
          .max = 15),
    FIELD(auth_conf, nonce_count, "Uses of a nonce must be counted upwards (nc).", .def = "0"),
    FIELD(auth_conf, nc_array_size, "Nonces remembered for that.", .def = "0", .differs = RING),
    FIELD(auth_conf, nc_array_order, "The same as a power of two.", .def = "0", .max = 26,
          .differs = RING),
    FIELD(auth_conf, one_time_nonce, "A nonce can be used once.", .def = "0"),
    FIELD(auth_conf, otn_in_flight_no, "Nonces remembered for that.", .def = "0", .differs = RING),
    FIELD(auth_conf, otn_in_flight_order, "The same as a power of two.", .def = "0", .max = 26,
          .differs = RING),
    FIELD(auth_conf, nid_pool_no, "Partitions of nonce numbers.", .def = "0",
          .inert = "numbers are taken without locks"),
    FIELD(auth_conf, force_stateless_reply, "Challenge statelessly even in a transaction.",
          .def = "0"),
    FIELD(auth_conf, realm_prefix, "Stripped from the front of realms.", .def = ""),
    FIELD(auth_conf, use_domain, "pv_auth_check() compares domains too.", .def = "0"),
    FIELD(auth_conf, algorithm, "MD5 or SHA-256; empty: MD5, not named in challenges.", .def = ""),
    FIELD(auth_conf, add_authinfo_hdr, "Add Authentication-Info to replies.", .def = "0"),
    { 0 },
};

static err_t auth_check_conf(struct load *l, void *data)
{
    struct auth_conf *conf = data;

    if (conf->qop.n && !str_eq(conf->qop, STR("auth")) && !str_eq(conf->qop, STR("auth-int")) &&
        !str_eq(conf->qop, STR("auth,auth-int")))
        load_fault(l, "qop", "expected \"auth\", \"auth-int\" or \"\"");
    if (conf->algorithm.n && auth_algorithm_of(conf->algorithm) == AUTH_ALGORITHM_OTHER)
        load_fault(l, "algorithm", "expected \"MD5\" or \"SHA-256\"");
    if (conf->secret.n)
        digest_raw(DIGEST_SHA256, &conf->secret, 1, conf->key);
    return ERR_OK;
}

static err_t auth_start(const void *data)
{
    (void)data;
    auth_self.run_slot = call_slot_new();
    random_bytes(auth_self.key, sizeof auth_self.key);
    atomic_store(&auth_self.next_id, (unsigned)random_below(1u << 30));
    return ERR_OK;
}

static void auth_adopt(const void *data)
{
    nonce_start(data);
}

static void auth_stop(void)
{
    mem_free(MEM_MODULE, (void *)atomic_exchange(&auth_self.in_flight, NULL));
}

const struct module module_auth = {
    .abi = MODULE_ABI,
    .name = "auth",
    .doc = "Digest authentication of requests.",
    .slot = &auth_self.slot,
    .conf_size = sizeof(struct auth_conf),
    .params = params,
    .funcs = funcs,
    .check = auth_check_conf,
    .start = auth_start,
    .adopt = auth_adopt,
    .stop = auth_stop,
};
