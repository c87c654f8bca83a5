/* SPDX-License-Identifier: BSD-2-Clause */
/* The headers of a message as a list of variables, applied when it leaves. */
#include "core/receive.h"
#include "modules/pv_headers/pv_headers.h"

static struct {
    struct module_slot slot;
    unsigned call_slot;
} self;

const struct pvh_conf *pvh_conf(struct call *c)
{
    return call_conf(c, &module_pv_headers);
}

struct pvh_run *pvh_run(struct call *c)
{
    struct pvh_run *run = c->module_data[self.call_slot];

    if (!run) {
        run = ARENA_NEW(c->arena, struct pvh_run);
        c->module_data[self.call_slot] = run;
    }
    return run;
}

/* ---- messages that come and go ---- */

static const struct pvh_conf *conf_of_generation(const struct generation *g)
{
    for (size_t i = 0; g && i < g->n_modules; i++)
        if (g->modules[i] == &module_pv_headers)
            return g->confs[self.slot.index];
    return NULL;
}

static err_t on_leaving(struct call *c, const struct build_hook *hook, const struct hop *hop,
                        struct edit_list *edits)
{
    struct pvh_list l = pvh_list_to_send(c);

    (void)hook, (void)hop;
    return l.item ? pvh_apply(c, &l, edits) : ERR_OK;
}

/* Before the script. */
static bool on_arrival(struct call *c)
{
    const struct pvh_conf *conf = conf_of_generation(c->gen);
    struct pvh_run *run;

    if (!conf)
        return false;
    run = pvh_run(c);
    run->own = c->vars;
    if (conf->auto_msg && pvh_collect_once(c))
        call_add_build_hook(c, &(struct build_hook){ .fn = on_leaving, .of_replies = true });
    return false;
}

static err_t check(struct load *l, void *data)
{
    struct pvh_conf *conf = data;

    if (!conf->xavi_name.n)
        load_fault(l, "xavi_name", "expected a name");
    conf->uac_loaded = load_has_module(l, "uac");
    return ERR_OK;
}

static err_t start(const void *conf)
{
    (void)conf;
    self.call_slot = call_slot_new();
    receive_add_filter(on_arrival);
    return ERR_OK;
}

/* ---- tables ---- */

static const struct field params[] = {
    FIELD(pvh_conf, xavi_name, "The name of the list, as in $xavi(headers=>Subject).",
          .def = "headers"),
    FIELD(pvh_conf, header_value_size, "The longest value.", .def = "1024",
          .inert = "values have the room they need"),
    FIELD(pvh_conf, header_collect_flag,
          "The branch flag that says that a request's headers were collected.", .def = "27",
          .min = 0, .max = 31),
    FIELD(pvh_conf, header_apply_flag,
          "The branch flag that says that they were applied by pvh_apply_headers().", .def = "28",
          .min = 0, .max = 31),
    FIELD(pvh_conf, skip_headers, "Headers that are left alone when the list is applied.",
          .def = "Record-Route,Via,Route,Content-Length,Max-Forwards,CSeq"),
    FIELD(
        pvh_conf, split_headers,
        "Headers whose comma-separated values become headers of their own; of a message with more "
        "than 512 such values, some lines stay whole.",
        .def = ""),
    FIELD(pvh_conf, auto_msg,
          "Headers are collected when a message arrives, and applied to each copy that leaves.",
          .def = "1"),
    { 0 },
};

#define PARTY(label, party_tag, text)                                                              \
    {                                                                                              \
        .name = (label), .doc = (text), .get = pvh_get_party, .set = pvh_set_party,                \
        .tag = (party_tag)                                                                         \
    }
static const struct variable vars[] = {
    { .name = "x_hdr",
      .doc = "A header of the list. Setting it without an index adds one; with an index changes "
             "one; with [*] leaves this one alone; null takes away.",
      .get = pvh_get_header,
      .set = pvh_set_header,
      .key = true,
      .index = true },
    PARTY("x_fu", PVH_URI, "The URI of From, in the list."),
    PARTY("x_fU", PVH_USER, "The user of From, in the list."),
    PARTY("x_fd", PVH_DOMAIN, "The host of From, in the list."),
    PARTY("x_fn", PVH_NAME, "The display name of From, in the list, with its quotes."),
    { .name = "x_ft", .doc = "The tag of From.", .get = pvh_get_party, .tag = PVH_TAG },
    PARTY("x_tu", PVH_OF_TO | PVH_URI, "The URI of To, in the list."),
    PARTY("x_tU", PVH_OF_TO | PVH_USER, "The user of To, in the list."),
    PARTY("x_td", PVH_OF_TO | PVH_DOMAIN, "The host of To, in the list."),
    PARTY("x_tn", PVH_OF_TO | PVH_NAME, "The display name of To, in the list, with its quotes."),
    { .name = "x_tt", .doc = "The tag of To.", .get = pvh_get_party, .tag = PVH_OF_TO | PVH_TAG },
    { .name = "x_rs",
      .doc = "The status of a reply, as it will leave.",
      .get = pvh_get_status,
      .set = pvh_set_status },
    { .name = "x_rr",
      .doc = "The reason phrase of a reply, as it will leave.",
      .get = pvh_get_reason,
      .set = pvh_set_reason },
    { 0 },
};

const struct module module_pv_headers = {
    .abi = MODULE_ABI,
    .name = "pv_headers",
    .doc = "The headers of a message as a list of variables: each branch may change its own, and "
           "the message is changed when it leaves. From and To are changed where uac is loaded.",
    .slot = &self.slot,
    .conf_size = sizeof(struct pvh_conf),
    .params = params,
    .funcs = pvh_funcs,
    .vars = vars,
    .check = check,
    .start = start,
};
