/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "modules/ctl/binrpc.h"

static struct arena arena;

/* Packets as kamcmd and the packaged server exchange them. */
#define BYTES(lit) ((struct str){ lit, sizeof(lit) - 1 })

static void reads_what_kamcmd_sends(void **state)
{
    /* core.echo a 1 2.5 3 300 70000 x */
    struct str packet = BYTES("\xa1\x03\x21\x61\xe1\x2b\x88\x91\x0a"
                              "core.echo\0\x21"
                              "a\0\x10\x01\x22\x09\xc4\x21"
                              "3\0\x20\x01\x2c\x30\x01\x11\x70\x21"
                              "x\0");
    struct binrpc_request q;

    (void)state;
    assert_int_equal(binrpc_frame(packet), (int)packet.n);
    assert_err(binrpc_read(packet, &arena, &q), ERR_OK);
    assert_text(q.method, "core.echo");
    assert_str(q.cookie, BYTES("\x61\xe1\x2b\x88"));
    assert_int_equal(q.n_args, 7);
    assert_text(q.args[0].s, "a");
    assert_int_equal(q.args[1].i, 1);
    assert_text(q.args[2].s, "2.5");
    assert_text(q.args[3].s, "3");
    assert_int_equal(q.args[4].i, 300);
    assert_int_equal(q.args[5].i, 70000);
    assert_text(q.args[6].s, "x");
}

static void finds_the_end_of_a_packet(void **state)
{
    struct str packet = BYTES("\xa1\x03\x0f\x5c\x41\xf7\x1f\x91\x0d"
                              "core.version\0more");

    (void)state;
    for (size_t n = 0; n < packet.n - 4; n++)
        assert_int_equal(binrpc_frame(str_cut(packet, 0, n)), 0);
    assert_int_equal(binrpc_frame(packet), (int)packet.n - 4);
    assert_int_equal(binrpc_frame(STR("GET / HTTP/1.1\r\n")), -1);
    assert_int_equal(binrpc_frame(BYTES("\xa1\x0f\x7f\xff\xff\xff\1\2\3\4")), -1);
}

static void refuses_what_is_malformed(void **state)
{
    static const struct {
        struct str packet;
        err_t want;
    } bad[] = {
        { STR_INIT(""), ERR_SYNTAX },
        { STR_INIT("\xa1"), ERR_SYNTAX },
        { STR_INIT("\xa2\x03\x01zzzz\x11\0"), ERR_UNSUPPORTED },
        { STR_INIT("\xa1\x13\x02zzzz\x11\0"), ERR_SYNTAX },     /* a reply */
        { STR_INIT("\xa1\x03\x00zzzz"), ERR_SYNTAX },           /* no method */
        { STR_INIT("\xa1\x03\x02zzzz\x10\x01"), ERR_SYNTAX },   /* a number as method */
        { STR_INIT("\xa1\x03\x02zzzz\x11x"), ERR_SYNTAX },      /* no zero at the end */
        { STR_INIT("\xa1\x03\x03zzzz\x11\0\x31"), ERR_SYNTAX }, /* cut off */
        { STR_INIT("\xa1\x03\x03zzzz\x11\0\x03"), ERR_UNSUPPORTED },
        { STR_INIT("\xa1\x03\x03zzzz\x11\0\x07"), ERR_SYNTAX },
        { STR_INIT("\xa1\x03\x08zzzz\x11\0\xf1\xff\xff\xff\xff\xff"), ERR_SYNTAX },
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct binrpc_request q;

        assert_err(binrpc_read(bad[i].packet, &arena, &q), bad[i].want);
    }
}

/* Nodes are made through a request that is never run. */
static err_t made(struct rpc *r, const void *args);
static const struct rpc_method methods[] = { { .name = "m", .doc = "Makes.", .run = made }, { 0 } };
static void (*make)(struct rpc_node *root);

static err_t made(struct rpc *r, const void *args)
{
    (void)args;
    make(rpc_root(r));
    return ERR_OK;
}

static struct str written(void (*how)(struct rpc_node *root))
{
    static struct buf out;
    struct rpc_request q = { .method = STR("m") };
    struct rpc_answer a;

    make = how;
    rpc_execute(&q, &arena, &a);
    buf_free(&out);
    buf_init(&out, MEM_CONTROL);
    binrpc_write(&out, STR("cook"), &a);
    return buf_str(&out);
}

static void text_and_nothing(struct rpc_node *root)
{
    rpc_str(root, STR("kamailio 5.6.3 (x86_64/linux) "));
}

static void uptime(struct rpc_node *root)
{
    struct rpc_node *s = rpc_struct(root);

    rpc_put_str(s, "now", STR("Fri Nov 20 18:59:57 2026"));
    rpc_put_str(s, "up_since", STR("Fri Nov 20 18:59:22 2026"));
    rpc_put_int(s, "uptime", 35);
}

static void nested(struct rpc_node *root)
{
    struct rpc_node *s = rpc_struct(root), *slot;

    rpc_put_int(s, "entry", 7);
    slot = rpc_struct(rpc_put_array(s, "slot"));
    rpc_put_str(slot, "name", STR("x"));
    rpc_put_double(slot, "d", 3.25);
    rpc_put_int(slot, "n", -1);
    rpc_put_int(slot, "big", INT64_C(1) << 40);
}

static void writes_what_kamcmd_reads(void **state)
{
    (void)state;
    assert_str(written(text_and_nothing), BYTES("\xa1\x13\x21"
                                                "cook\x91\x1fkamailio 5.6.3 (x86_64/linux) \0"));
    assert_str(written(uptime), BYTES("\xa1\x13\x52"
                                      "cook\x03\x45now\0\x91\x19"
                                      "Fri Nov 20 18:59:57 2026\0\x95\x09up_since\0\x91\x19"
                                      "Fri Nov 20 18:59:22 2026\0\x75uptime\0\x10\x23\x83"));
    assert_str(written(nested), BYTES("\xa1\x13\x41"
                                      "cook\x03\x65"
                                      "entry\0\x10\x07\x55slot\0\x03\x03\x55name\0\x21x\0\x25"
                                      "d\0\x22\x0c\xb2\x25n\0\x40\xff\xff\xff\xff\x45"
                                      "big\0\x91\x0e"
                                      "1099511627776\0\x83\x83\x83"));
}

static void writes_faults(void **state)
{
    struct rpc_answer a = { .code = 500, .error = STR("command foo.bar not found") };
    struct buf out;

    (void)state;
    buf_init(&out, MEM_CONTROL);
    binrpc_write(&out, BYTES("\x7d\x51\xfc\x4c"), &a);
    assert_str(buf_str(&out), BYTES("\xa1\x33\x1f\x7d\x51\xfc\x4c\x20\x01\xf4\x91\x1a"
                                    "command foo.bar not found\0"));
    buf_free(&out);
}

int main(void)
{
    arena_init(&arena, MEM_CONTROL, 4096);
    rpc_register(methods);
    TEST_RUN(reads_what_kamcmd_sends, finds_the_end_of_a_packet, refuses_what_is_malformed,
             writes_what_kamcmd_reads, writes_faults);
}
