/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing to descriptors that may block. */
#pragma once
#include "base/str.h"

/* Writes all of `bytes`, however many calls that takes; after a failure a part of it may be there.
 */
err_t file_write_all(int fd, struct str bytes) MUST_USE;
