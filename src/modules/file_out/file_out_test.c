/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/test.h"
#include "modules/file_out/sink.h"
#include <stdlib.h>
#include <unistd.h>

static void check_file(const char *base, int64_t second, const char *want)
{
    char path[256], text[256];
    FILE *f;
    size_t n;

    snprintf(path, sizeof path, "%s/x_%lld.log", base, (long long)second);
    f = fopen(path, "r");
    assert_non_null(f);
    n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = '\0';
    assert_string_equal(text, want);
    unlink(path);
}

static void begins_a_file_at_intervals(void **state)
{
    char base[] = "/tmp/tandem-file-out-XXXXXX", path[64];
    struct sink s = { .extension = STR(".log"), .interval_s = 10, .fd = -1 };

    (void)state;
    assert_non_null(mkdtemp(base));
    snprintf(path, sizeof path, "%s/x", base);
    s.path = str_of(path);
    assert_err(sink_write(&s, STR("one"), 100), ERR_OK);
    assert_err(sink_write(&s, STR("two"), 109), ERR_OK);
    assert_err(sink_write(&s, STR("three"), 110), ERR_OK);
    sink_close(&s);
    check_file(base, 100, "one\ntwo\n");
    check_file(base, 110, "three\n");
    rmdir(base);
    assert_true(sink_write(&s, STR("lost"), 130) != ERR_OK);
}

int main(void)
{
    TEST_RUN(begins_a_file_at_intervals);
}
