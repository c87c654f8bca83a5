/* SPDX-License-Identifier: BSD-2-Clause */
/* The script functions. */
#include "modules/permissions/inner.h"

/* Addresses. */

struct group_args {
    int64_t group;
};
struct address_args {
    int64_t group;
    struct str address;
    int64_t port;
};
struct any_group_args {
    struct str address;
    int64_t port;
};

static void give_tag(struct call *c, const struct permissions_conf *conf, struct str tag)
{
    struct value v = VALUE_OF_STR(tag);

    if (conf->peer_tag_avp && tag.p)
        (void)!var_set(c, conf->peer_tag_avp, &v);
}

static const struct address_entry *find_address(struct call *c, int64_t group, struct str host,
                                                int64_t port)
{
    const struct permissions_conf *conf = call_conf(c, &module_permissions);
    const struct address_entry *e;

    if (port < 0 || port > UINT16_MAX)
        return NULL;
    e = address_set_find(snapshot_read(&permissions_self.addresses), group, host, (uint16_t)port,
                         conf->subnet_match_mode != 0);
    return e;
}

static int tell(struct call *c, const struct address_entry *e, int code)
{
    if (!e)
        return SCRIPT_FALSE;
    give_tag(c, call_conf(c, &module_permissions), e->tag);
    return code;
}

static struct str source_ip(struct call *c)
{
    char text[64];
    struct buf b;

    buf_fixed(&b, text, sizeof text);
    addr_print_ip(&b, &c->from.peer, false);
    return arena_dup(c->arena, buf_str(&b));
}

static int allow_address(struct call *c, const struct address_args *a)
{
    return tell(c, find_address(c, a->group, a->address, a->port), SCRIPT_TRUE);
}

static int allow_source_address(struct call *c, const struct group_args *a)
{
    return tell(c, find_address(c, a->group, source_ip(c), addr_port(&c->from.peer)), SCRIPT_TRUE);
}

static int allow_address_group(struct call *c, const struct any_group_args *a)
{
    const struct address_entry *e = find_address(c, 0, a->address, a->port);

    return tell(c, e, e ? (int)e->group : SCRIPT_FALSE);
}

static int allow_source_address_group(struct call *c)
{
    const struct address_entry *e = find_address(c, 0, source_ip(c), addr_port(&c->from.peer));

    return tell(c, e, e ? (int)e->group : SCRIPT_FALSE);
}

/* Trusted peers. */

struct trusted_args {
    struct str source, proto, from;
};
struct tags {
    struct call *c;
    const struct permissions_conf *conf;
};

static bool take_tag(const struct trusted_rule *r, void *arg)
{
    struct tags *t = arg;

    give_tag(t->c, t->conf, r->tag);
    return t->conf->peer_tag_mode == 1;
}

static int allow_trusted(struct call *c, const struct trusted_args *a)
{
    const struct permissions_conf *conf = call_conf(c, &module_permissions);
    const struct address *from = msg_from(c->msg, NULL);
    struct str source = a->source.n ? a->source : source_ip(c);
    struct str proto = a->proto.n ? a->proto : proto_name(c->from.proto);
    struct str uri = a->from.n ? a->from : from ? from->uri_text : STR("");
    struct str ruri = c->msg->request ? call_uri_text(c) : STR("");
    struct tags tags = { c, conf };
    struct db_result rows;
    struct trusted_set *set;
    size_t n;

    if (conf->db_url.n == 0)
        return SCRIPT_FALSE;
    if (conf->db_mode == 1) {
        n = trusted_match(snapshot_read(&permissions_self.trusted), source, proto, uri, ruri,
                          take_tag, &tags);
    } else {
        if (read_trusted(conf, &source, c->arena, &rows))
            return SCRIPT_FALSE;
        set = trusted_set_make(&rows);
        n = trusted_match(set, source, proto, uri, ruri, take_tag, &tags);
        trusted_set_free(set);
    }
    if (n == 0)
        return SCRIPT_FALSE;
    return conf->peer_tag_mode == 1 ? (int)n : SCRIPT_TRUE;
}

/* Files of rules. */

struct files_args {
    struct str first, second; /* a basename; or the two files */
};
struct uri_args {
    struct str basename, uri;
};
struct files {
    const struct rule_file *allow, *deny;
};

static struct files files_of(struct call *c, struct str first, struct str second)
{
    const struct permissions_conf *conf = call_conf(c, &module_permissions);
    struct str allow = first, deny = second, allow_suffix = STR(""), deny_suffix = STR("");
    struct files f = { 0 };

    if (first.n == 0) {
        allow = conf->default_allow_file;
        deny = conf->default_deny_file;
    } else if (second.n == 0) {
        deny = first;
        allow_suffix = conf->allow_suffix;
        deny_suffix = conf->deny_suffix;
    }
    if (conf->load_backends & LOAD_ALLOW)
        f.allow = rule_file_of(rule_path(c->arena, allow, allow_suffix));
    if (conf->load_backends & LOAD_DENY)
        f.deny = rule_file_of(rule_path(c->arena, deny, deny_suffix));
    return f;
}

/* "sip:user@host", and ":port" when wanted: what patterns are written for. */
static struct str plain(struct call *c, struct str text, bool with_port)
{
    struct uri uri;

    if (uri_parse(text, &uri) || uri.host.n == 0)
        return text;
    return arena_fmt(c->arena, STR_FMT ":" STR_FMT "%s" STR_FMT "%s" STR_FMT,
                     STR_ARG(uri.scheme_name), STR_ARG(uri.user), uri.user.n ? "@" : "",
                     STR_ARG(uri.host), with_port && uri.port_text.n ? ":" : "",
                     STR_ARG(with_port ? uri.port_text : STR_NONE));
}

/* All pairs in the allow file: yes. One in the deny file: no. Else yes. */
static int judge(struct files f, struct str left, const struct str *right, size_t n)
{
    size_t allowed = 0;

    if (!f.allow && !f.deny)
        return SCRIPT_TRUE;
    for (size_t i = 0; i < n; i++)
        allowed += rule_file_matches(f.allow, left, right[i]);
    if (allowed == n && n > 0)
        return SCRIPT_TRUE;
    for (size_t i = 0; i < n; i++) {
        if (rule_file_matches(f.deny, left, right[i]))
            return SCRIPT_FALSE;
    }
    return SCRIPT_TRUE;
}

static int allow_routing(struct call *c, const struct files_args *a)
{
    const struct permissions_conf *conf = call_conf(c, &module_permissions);
    const struct address *from = msg_from(c->msg, NULL);
    struct str right[TARGETS_MAX + 1];
    size_t n = 0, branches = conf->check_all_branches ? call_target_count(c) : 1;

    if (!from || !c->msg->request)
        return SCRIPT_FALSE;
    right[n++] = plain(c, call_uri_text(c), false);
    for (size_t i = 1; i < branches && n < TARGETS_MAX; i++)
        right[n++] = plain(c, call_target(c, i)->uri, false);
    return judge(files_of(c, a->first, a->second), plain(c, from->uri_text, false), right, n);
}

static int check_contacts(struct call *c, const struct files_args *a, bool with_port)
{
    const struct address *to = msg_to(c->msg, NULL), *contacts;
    struct str *right;
    size_t n, kept = 0;

    if (!to || msg_addresses(c->msg, HEADER_CONTACT, &contacts, &n))
        return SCRIPT_FALSE;
    right = ARENA_ARRAY(c->arena, struct str, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (!contacts[i].star)
            right[kept++] = plain(c, contacts[i].uri_text, with_port);
    }
    if (kept == 0)
        return SCRIPT_TRUE;
    return judge(files_of(c, a->first, a->second), plain(c, to->uri_text, false), right, kept);
}

static int allow_register(struct call *c, const struct files_args *a)
{
    return check_contacts(c, a, false);
}
static int allow_register_include_port(struct call *c, const struct files_args *a)
{
    return check_contacts(c, a, true);
}

static int allow_uri(struct call *c, const struct uri_args *a)
{
    const struct address *from = msg_from(c->msg, NULL);
    struct str right = plain(c, a->uri, false);

    if (!from)
        return SCRIPT_FALSE;
    return judge(files_of(c, a->basename, STR("")), plain(c, from->uri_text, false), &right, 1);
}

EXPOSE(allow_address, address_args)
EXPOSE(allow_source_address, group_args)
EXPOSE(allow_address_group, any_group_args)
EXPOSE0(allow_source_address_group)
EXPOSE(allow_trusted, trusted_args)
EXPOSE(allow_routing, files_args)
EXPOSE(allow_register, files_args)
EXPOSE(allow_register_include_port, files_args)
EXPOSE(allow_uri, uri_args)

static const struct field group_args_fields[] = {
    FIELD(group_args, group, "Number of the group.", .def = "1"),
    { 0 },
};
static const struct field address_args_fields[] = {
    FIELD(address_args, group, "Number of the group."),
    FIELD(address_args, address, "IP address, or a name."),
    FIELD(address_args, port, "Port."),
    { 0 },
};
static const struct field any_group_args_fields[] = {
    FIELD(any_group_args, address, "IP address, or a name."),
    FIELD(any_group_args, port, "Port."),
    { 0 },
};
static const struct field trusted_args_fields[] = {
    FIELD(trusted_args, source, "IP address; default: where the message came from.", .def = ""),
    FIELD(trusted_args, proto, "Protocol; default: that of the message.", .def = ""),
    FIELD(trusted_args, from, "URI; default: From.", .def = ""),
    { 0 },
};
static const struct field files_args_fields[] = {
    FIELD(files_args, first, "Name without suffix of both files; or the allow file.", .def = ""),
    FIELD(files_args, second, "The deny file.", .def = ""),
    { 0 },
};
static const struct field register_args_fields[] = {
    FIELD(files_args, first, "Name without suffix of both files; or the allow file."),
    FIELD(files_args, second, "The deny file.", .def = ""),
    { 0 },
};
static const struct field uri_args_fields[] = {
    FIELD(uri_args, basename, "Name without suffix of both files."),
    FIELD(uri_args, uri, "URI to check."),
    { 0 },
};

static const struct outcome group_outcomes[] = {
    { 1, "or any number: the group" },
    { -1, "it is in no group" },
    { 0 },
};
const struct func permissions_funcs[] = {
    FUNC(allow_routing, files_args, "Tells whether the sender may call all branches."),
    { .name = "allow_register",
      .run = allow_register_with_files_args,
      .doc = "Tells whether a user may register these contacts.",
      .args = register_args_fields,
      .args_size = sizeof(struct files_args),
      .routes = ROUTE_REQUEST | ROUTE_FAILURE },
    { .name = "allow_register_include_port",
      .run = allow_register_include_port_with_files_args,
      .doc = "The same, with the ports of the contacts.",
      .args = register_args_fields,
      .args_size = sizeof(struct files_args),
      .routes = ROUTE_REQUEST | ROUTE_FAILURE },
    FUNC(allow_uri, uri_args, "Tells whether the sender may call a URI.",
         .routes = ROUTE_REQUEST | ROUTE_FAILURE),
    FUNC(allow_trusted, trusted_args, "Tells whether the sender is a trusted peer.",
         .suspends = true),
    FUNC(allow_address, address_args, "Tells whether an address is in a group."),
    FUNC(allow_source_address, group_args, "Tells whether the sender's address is in a group."),
    FUNC0(allow_source_address_group, "Gives the group of the sender's address.",
          .returns = group_outcomes),
    FUNC(allow_address_group, any_group_args, "Gives the group of an address.",
         .returns = group_outcomes),
    { 0 },
};
