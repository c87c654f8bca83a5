/* SPDX-License-Identifier: BSD-2-Clause */
/* Collecting what is wrong with a configuration. Each fault is told once; see also program.h. */
#pragma once
#include "base/nearest.h"
#include "script/program.h"
#include "script/source.h"

enum { FAULTS_MAX = 200 }; /* further ones are counted, not kept */

/* All return an index for diag_hint, or SIZE_MAX when the same thing was told before. */
size_t diag_fault(struct diagnostics *d, const struct place *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
size_t diag_vfault(struct diagnostics *d, const struct place *at, const char *format, va_list ap);
size_t diag_warn(struct diagnostics *d, const struct place *at, const char *name,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));
size_t diag_vwarn(struct diagnostics *d, const struct place *at, const char *name,
                  const char *format, va_list ap);
/* Warnings of these names are not told; the list must live as long as `d` is added to. */
void diag_silence(struct diagnostics *d, const struct str *names, size_t n);
/* Adds a hint ("did you mean …") to one of them. */
void diag_hint(struct diagnostics *d, size_t index, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Forgets what was told at and behind a place of a file, and of braces that are not closed: one
 * fault there made them all. */
void diag_forget_from(struct diagnostics *d, const struct place *at);
/* Brings them into the order of the files; indexes given before are void. */
void diag_sort(struct diagnostics *d);
/* 'did you mean "…"?' when something near was offered. */
void diag_nearest(struct diagnostics *d, size_t index, const struct nearest *n);
