/* SPDX-License-Identifier: BSD-2-Clause */
#include "modules/test.h"

extern const struct module module_maxfwd;
static const struct module *const modules[] = { &module_maxfwd, NULL };

static struct {
    int times, code, below;
} plan;

static int process(struct call *c)
{
    for (int i = 0; i < plan.times; i++)
        plan.code = RUN(c, module_maxfwd, "mf_process_maxfwd_header", "10");
    plan.below = RUN(c, module_maxfwd, "is_maxfwd_lt", "10");
    assert_err(send_forward(c), ERR_OK);
    return 1;
}

static const char with[] =
    "OPTIONS sip:b@192.0.2.2 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\n"
    "From: <sip:a@a>;tag=1\nTo: <sip:b@b>\nCall-ID: 1\nCSeq: 1 OPTIONS\n%s\n";

static void try(const char *header, int times, int code, int below, const char *left)
{
    char text[1024];

    plan.times = times;
    plan.code = 0;
    snprintf(text, sizeof text, with, header);
    from_peer(&server.a, &server.us, text);
    assert_int_equal(plan.code, code);
    assert_int_equal(plan.below, below);
    EXPECT(&server.b, left);
}

static void lowers_max_forwards(void **state)
{
    (void)state;
    modules_begin(process, modules, NULL);
    try("Max-Forwards: 70\n", 1, 1, -1, "\r\nMax-Forwards: 69\r\n");
    try("Max-Forwards: 10\n", 1, 1, 1, "\r\nMax-Forwards: 9\r\n");
    try("Max-Forwards: 70\n", 3, 1, -1, "\r\nMax-Forwards: 67\r\n");
    try("Max-Forwards: 1\n", 2, -1, 1, "\r\nMax-Forwards: 0\r\n");
    try("Max-Forwards: 0\n", 1, -1, 1, "\r\nMax-Forwards: 0\r\n");
    try("Max-Forwards: 200\n", 1, 1, -1, "\r\nMax-Forwards: 70\r\n");
    try("Max-Forwards: 70\n", 0, 0, -1, "\r\nMax-Forwards: 70\r\n");
    server_end();
}

static void adds_a_missing_one(void **state)
{
    (void)state;
    modules_begin(process, modules, NULL);
    try("", 1, 2, -1, "\r\nMax-Forwards: 10\r\n\r\n");
    try("", 2, 1, 1, "\r\nMax-Forwards: 9\r\n\r\n");
    try("", 0, 0, -2, "OPTIONS");
    server_end();
}

int main(void)
{
    TEST_RUN(lowers_max_forwards, adds_a_missing_one);
}
