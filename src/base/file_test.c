/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/file.h"
#include "base/test.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static void writes_all_of_it(void **state)
{
    int fd = memfd_create("file_test", MFD_CLOEXEC);
    char got[16] = "";

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(file_write_all(fd, STR("INVITE")), ERR_OK);
    assert_int_equal(file_write_all(fd, STR("")), ERR_OK);
    assert_int_equal(file_write_all(fd, STR(" sip:")), ERR_OK);
    assert_int_equal(pread(fd, got, sizeof got, 0), 11);
    assert_memory_equal(got, "INVITE sip:", 11);
    close(fd);
}

static void tells_what_cannot_be_written(void **state)
{
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    (void)state;
    assert_true(fd >= 0);
    assert_int_not_equal(file_write_all(fd, STR("x")), ERR_OK);
    close(fd);
    assert_int_not_equal(file_write_all(-1, STR("x")), ERR_OK);
}

int main(void)
{
    TEST_RUN(writes_all_of_it, tells_what_cannot_be_written);
}
