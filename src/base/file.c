/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/file.h"
#include <errno.h>
#include <unistd.h>

err_t file_write_all(int fd, struct str bytes)
{
    while (bytes.n) {
        ssize_t n = write(fd, bytes.p, bytes.n);

        if (n < 0 && errno != EINTR)
            return err_of_errno(errno);
        if (n > 0)
            bytes = str_skip(bytes, (size_t)n);
    }
    return ERR_OK;
}
