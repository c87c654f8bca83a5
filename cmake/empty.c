/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands for a floor that has no source files. */
typedef int nothing_here;
