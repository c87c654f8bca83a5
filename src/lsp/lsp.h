/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A language server for configurations (Language Server Protocol 3.17 over JSON-RPC 2.0): what
 * `tandem -c` tells, while somebody types. It reads descriptors and checks texts; nothing is
 * started, no address is resolved, no module runs.
 */
#pragma once
#include "script/program.h"

struct lsp;

/* `options` as given on the command line (defines, module path …); must live as long. A file in it
 * is the main one: it is checked whether it is open or not. Modules are registered already. */
struct lsp *lsp_new(const struct load_options *options);
void lsp_free(struct lsp *l);
/* Takes bytes of an editor; answers are appended to `out`. */
void lsp_feed(struct lsp *l, struct str bytes, struct buf *out);
/* Whether the editor asked for the end; *code is what to end with. */
bool lsp_over(const struct lsp *l, int *code);
/* Serves standard input and output until the editor says exit, or they close. Returns what the
 * process ends with. */
int lsp_run(const struct load_options *options);
