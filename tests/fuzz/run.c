/* SPDX-License-Identifier: BSD-2-Clause */
/* Scripts that load are run, over one request and one reply: compiler, virtual machine, variables,
 * transformations and functions of the linked modules. What leaves the process is taken out, and a
 * script takes as many steps as fit. */
#include "core/run.h"
#include "base/log.h"
#include "core/generation.h"
#include "module/registry.h"
#include "net/state.h"
#include "script/state.h"
#include "sip/message.h"

enum { STEPS = 20000 };

static const char request[] =
    "INVITE sip:bob@127.0.0.1:5060;user=phone SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK1;rport\r\n"
    "From: \"Alice\" <sip:alice@atlanta.example>;tag=12m1\r\nTo: <sip:bob@biloxi.example>\r\n"
    "Call-ID: 1-12@127.0.0.1\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\nSubject: one, two\r\n"
    "Contact: <sip:alice@127.0.0.1:5099;transport=udp>\r\nContent-Type: application/sdp\r\n"
    "Content-Length: 23\r\n\r\nv=0\r\nc=IN IP4 1.2.3.4\r\n";
static const char reply[] = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK2\r\n"
                            "Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK1\r\n"
                            "From: <sip:alice@a>;tag=1\r\nTo: <sip:bob@b>;tag=2\r\n"
                            "Call-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n";

/* Modules whose functions write files, start programs or wait. */
static bool is_safe(const struct module *m)
{
    static const char *const safe[] = { "pv",     "textops", "textopsx", "siputils", "xlog",
                                        "math",   "maxfwd",  "regex",    "json",     "jansson",
                                        "avpops", "ipops",   "crypto",   "posops" };

    for (size_t i = 0; i < sizeof safe / sizeof *safe; i++)
        if (strcmp(m->name, safe[i]) == 0)
            return true;
    return false;
}

static void run_over(struct generation *g, const char *text, enum route kind)
{
    struct run *r = run_begin();
    struct call *c = &r->call;

    ASSERT(msg_parse(str_of(text), &msg_default_limits, &r->arena, &r->msg, NULL) == ERR_OK);
    c->gen = obj_hold(g);
    c->from.proto = PROTO_UDP;
    ASSERT(addr_parse(STR("127.0.0.1"), 5099, &c->from.peer) == ERR_OK);
    c->route = kind;
    vm_enter(c)->steps = SCRIPT_STEPS_MAX - STEPS;
    (void)program_run_route(c, kind, NULL);
    vm_leave(c);
    run_end(r);
}

/* What a start does, once. */
static void start_modules(const struct generation *g)
{
    static struct {
        bool done;
    } self;

    for (size_t i = 0; !self.done && i < g->n_modules; i++)
        if (g->modules[i]->start)
            ASSERT(g->modules[i]->start(g->modules[i]->slot ? g->confs[g->modules[i]->slot->index]
                                                            : NULL) == ERR_OK);
    self.done = true;
}

static bool names(struct str text, const char *word)
{
    struct str w = str_of(word);

    for (size_t i = 0; i + w.n <= text.n; i++)
        if (memcmp(text.p + i, w.p, w.n) == 0)
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct {
        bool ready;
        const struct module *modules[32];
        struct str names[32];
        size_t n;
    } self;
    struct generation *g;
    struct diagnostics *d;
    struct load_options o = { .file = STR("fuzz.cfg"), .text = { (const char *)data, size } };

    if (!self.ready) {
        log_set_level(LOG_NONE);
        for (size_t i = 0; linked_modules[i] && self.n < 31; i++)
            if (is_safe(linked_modules[i])) {
                self.names[self.n] = str_of(linked_modules[i]->name);
                self.modules[self.n++] = linked_modules[i];
            }
        registry_init(self.modules);
        listeners_begin();
        call_upcalls.run_route = program_run_route;
        call_upcalls.has_route = program_has_route;
        self.ready = true;
    }
    /* `exec` starts programs, files are read by include; `forward` needs a network. */
    if (size > 16384 || names(o.text, "exec") || names(o.text, "_file") ||
        names(o.text, "forward") || names(o.text, "open_files"))
        return 0;
    o.modules = self.names;
    o.n_modules = self.n;
    g = generation_new();
    d = diagnostics_new();
    if (program_load(&o, g, d) == ERR_OK) {
        start_modules(g);
        run_over(g, request, ROUTE_REQUEST);
        run_over(g, reply, ROUTE_REPLY);
    }
    diagnostics_free(d);
    obj_drop(g);
    return 0;
}
