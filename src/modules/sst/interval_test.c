/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "modules/sst/interval.h"

static void read_headers(const char *headers, struct sst_info *out)
{
    static const char begin[] = "INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
                                "From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: c\r\n"
                                "CSeq: 1 INVITE\r\n";
    struct arena a;
    struct msg m;

    arena_init(&a, MEM_OTHER, 1024);
    struct str text = arena_fmt(&a, "%s%s\r\n", begin, headers);
    assert_int_equal(msg_parse(text, &msg_default_limits, &a, &m, NULL), ERR_OK);
    sst_read(&m, out);
    arena_free(&a);
}

static void reads_intervals(void **state)
{
    static const struct {
        const char *headers;
        int64_t interval, least;
        bool supported;
    } rows[] = {
        { "", SST_NONE, SST_NONE, false },
        { "Session-Expires: 1800;refresher=uac\r\n", 1800, SST_NONE, false },
        { "x: 90 ; refresher=uas\r\nSupported: path, timer\r\n", 90, SST_NONE, true },
        { "k: timers\r\nMin-SE: 120;a=b\r\n", SST_NONE, 120, false },
        { "Session-Expires: -1\r\nMin-SE: x\r\nRequire: Timer\r\n", SST_MALFORMED, SST_MALFORMED,
          true },
        { "Session-Expires: 4294967295\r\n", 4294967295, SST_NONE, false },
        { "Session-Expires: 4294967296\r\n", SST_MALFORMED, SST_NONE, false },
    };
    struct sst_info got;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        read_headers(rows[i].headers, &got);
        assert_int_equal(got.interval, rows[i].interval);
        assert_int_equal(got.least, rows[i].least);
        assert_int_equal(got.supported, rows[i].supported);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(reads_intervals) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
