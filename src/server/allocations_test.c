/* SPDX-License-Identifier: BSD-2-Clause */
/* A script allocates nothing outside the arena of its message, and that arena is kept for the next
 * one: once warm, a message of 200 statements asks the allocator for nothing. Counted by standing
 * in front of malloc, which sanitizers do themselves: there the script just runs. */
#include "base/log.h"
#include "base/test.h"
#include "core/run.h"
#include "module/registry.h"
#include "script/program.h"
#include "sip/message.h"
#include <dlfcn.h>
#include <stdio.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COUNTED 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COUNTED 0
#endif
#endif
#ifndef COUNTED
#define COUNTED 1
#endif

static struct {
    size_t allocations;
    void *malloc, *calloc, *realloc; /* those behind ours */
} self;

#if COUNTED
static void *next(void **kept, const char *name)
{
    self.allocations++;
    if (!*kept)
        *kept = dlsym(RTLD_NEXT, name);
    return *kept;
}
#define NEXT(type, name) ((type)(uintptr_t)next(&self.name, #name))

void *malloc(size_t n)
{
    return NEXT(void *(*)(size_t), malloc)(n);
}

void *calloc(size_t n, size_t size)
{
    return NEXT(void *(*)(size_t, size_t), calloc)(n, size);
}

void *realloc(void *p, size_t n)
{
    return NEXT(void *(*)(void *, size_t), realloc)(p, n);
}
#endif

static const char message[] =
    "MESSAGE sip:service@127.0.0.1:5060 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bK1\r\n"
    "From: \"caller\" <sip:caller@127.0.0.1:5099>;tag=12m1\r\nTo: <sip:service@127.0.0.1:5060>\r\n"
    "Call-ID: 1-12@127.0.0.1\r\nCSeq: 1 MESSAGE\r\nMax-Forwards: 70\r\n"
    "Content-Type: text/plain\r\nContent-Length: 11\r\n\r\nhello there";

static struct generation *load(const char *text)
{
    struct generation *g = generation_new();
    struct load_options o = { .file = STR("script.cfg"), .text = str_of(text) };
    struct diagnostics *d = diagnostics_new();
    struct buf why;

    buf_init(&why, MEM_OTHER);
    if (program_load(&o, g, d)) {
        diagnostics_print(d, &why, false);
        print_error(STR_FMT "\n", STR_ARG(buf_str(&why)));
        fail();
    }
    buf_free(&why);
    diagnostics_free(d);
    return g;
}

static int run_once(struct generation *g)
{
    struct run *r = run_begin();
    int code;

    assert_err(msg_parse(str_of(message), &msg_default_limits, &r->arena, &r->msg, NULL), ERR_OK);
    r->call.gen = obj_hold(g);
    r->call.from.proto = PROTO_UDP;
    assert_err(addr_parse(STR("127.0.0.1"), 5099, &r->call.from.peer), ERR_OK);
    code = program_run_route(&r->call, ROUTE_REQUEST, NULL);
    run_end(r);
    return code;
}

/* The file of the benchmark; its last statement, which needs a network, gives a code instead. */
static char *benchmark(void)
{
    static const char last[] = "sl_send_reply(\"200\", \"OK\");";
    FILE *f = fopen("tests/bench/compare/script.cfg", "r");
    char *text = mem_zalloc(MEM_OTHER, 65536), *at;

    assert_non_null(f);
    assert_true(fread(text, 1, 65535, f) > 4000);
    fclose(f);
    at = strstr(text, last);
    assert_non_null(at);
    memset(at, ' ', sizeof last - 1);
    memcpy(at, "return 77;", 10);
    return text;
}

static void asks_for_nothing_once_warm(void **state)
{
    char *text = benchmark();
    struct generation *g = load(text);
    size_t before;

    (void)state;
    for (int i = 0; i < 10; i++)
        assert_int_equal(run_once(g), 77);
    before = self.allocations;
    for (int i = 0; i < 100; i++)
        assert_int_equal(run_once(g), 77);
    assert_int_equal(self.allocations - before, 0);
    assert_true(!COUNTED || before > 100);
    obj_drop(g);
    program_worker_stop();
    runs_worker_stop();
    mem_free(MEM_OTHER, text);
}

int main(void)
{
    registry_init(linked_modules);
    log_set_level(LOG_NONE);
    TEST_RUN(asks_for_nothing_once_warm);
}
