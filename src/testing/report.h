/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told of tests: to people, as TAP, as JUnit XML, and what of the configuration ran. */
#pragma once
#include "testing/play.h"

struct outcome_of {
    const struct test *test;
    struct verdict verdict;
    int64_t real_us;
    struct str text; /* what failed */
};

struct report {
    bool verbose, tap;
    const char *junit; /* file; NULL: none */
    size_t n, failed;
    struct buf xml;
};
void report_begin(struct report *r, size_t n);
void report_file(struct report *r, struct str file);
void report_test(struct report *r, struct str file, const struct outcome_of *o);
void report_file_end(struct report *r);
/* False: the file could not be written. */
bool report_end(struct report *r, int64_t real_us);

/* The lines of the routes that did not run in any test, by file and block. */
void report_coverage(const struct variant *v, const uint8_t *lines, unsigned n);
