/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests and notifications: which there are, when they may come, what is answered. */
#include "base/file.h"
#include "base/json_depth.h"
#include "base/log.h"
#include "lsp/lsp_state.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- writing ---- */

/* Takes the message. */
static void post(struct lsp *l, json_t *message)
{
    char *text = json_dumps(message, JSON_COMPACT);

    ASSERT(text);
    buf_fmt(l->out, "Content-Length: %zu\r\n\r\n%s", strlen(text), text);
    free(text);
    json_decref(message);
}

void lsp_notify(struct lsp *l, const char *method, json_t *params)
{
    post(l, json_pack("{s:s,s:s,s:o}", "jsonrpc", "2.0", "method", method, "params", params));
}

static void refuse(struct lsp *l, json_t *id, enum lsp_code code, const char *text)
{
    post(l, json_pack("{s:s,s:O?,s:{s:i,s:o}}", "jsonrpc", "2.0", "id", id, "error", "code",
                      (int)code, "message", json_of(str_of(text))));
}

json_t *lsp_fail(struct lsp *l, enum lsp_code code, const char *format, ...)
{
    struct buf b;
    va_list ap;

    buf_init(&b, MEM_CONTROL);
    va_start(ap, format);
    buf_vfmt(&b, format, ap);
    va_end(ap);
    l->error = code;
    l->error_text = arena_dup(&l->arena, buf_str(&b));
    buf_free(&b);
    return NULL;
}

/* ---- the life of the session ---- */

static json_t *capabilities(void)
{
    return json_pack(
        "{s:s, s:{s:b,s:i,s:{s:b}}, s:b, s:b, s:b, s:b, s:b, s:{s:b}, s:{s:[s]}, s:{s:[sssss]}}",
        "positionEncoding", "utf-16", "textDocumentSync", "openClose", 1, "change", 2, "save",
        "includeText", 0, "hoverProvider", 1, "definitionProvider", 1, "referencesProvider", 1,
        "documentSymbolProvider", 1, "documentFormattingProvider", 1, "renameProvider",
        "prepareProvider", 1, "codeActionProvider", "codeActionKinds", "quickfix",
        "completionProvider", "triggerCharacters", "$", "{", ".", "\"", "!");
}

static json_t *initialize(struct lsp *l, const json_t *params)
{
    const json_t *options = json_object_get(params, "initializationOptions");
    struct str file = json_member(options, "main");

    if (l->phase != LSP_FRESH)
        return lsp_fail(l, LSP_INVALID_REQUEST, "initialize came a second time");
    if (file.n) {
        struct str path = path_normal(&l->arena, l->folder, uri_to_path(&l->arena, file));

        mem_free(MEM_CONTROL, (void *)(uintptr_t)l->main.p);
        l->main = (struct str){ mem_strdup(MEM_CONTROL, path), path.n };
    }
    l->phase = LSP_READY;
    return json_pack("{s:o,s:{s:s,s:s}}", "capabilities", capabilities(), "serverInfo", "name",
                     "tandem", "version", TANDEM_VERSION);
}

static json_t *initialized(struct lsp *l, const json_t *params)
{
    (void)params;
    if (l->main.n)
        check_all(l, NULL);
    return json_null();
}

static json_t *shutdown_session(struct lsp *l, const json_t *params)
{
    (void)params;
    l->phase = LSP_SHUT;
    return json_null();
}

static json_t *nothing(struct lsp *l, const json_t *params)
{
    (void)l;
    (void)params;
    return json_null();
}

/* ---- requests ---- */

static const struct lsp_method {
    const char *name;
    json_t *(*run)(struct lsp *l, const json_t *params); /* NULL: it failed */
    bool notification;
} methods[] = {
    { "initialize", initialize, false },
    { "initialized", initialized, true },
    { "shutdown", shutdown_session, false },
    { "textDocument/didOpen", document_open, true },
    { "textDocument/didChange", document_change, true },
    { "textDocument/didClose", document_close, true },
    { "textDocument/didSave", document_save, true },
    { "textDocument/hover", hover, false },
    { "textDocument/completion", completion, false },
    { "textDocument/definition", definition, false },
    { "textDocument/references", references, false },
    { "textDocument/prepareRename", rename_prepare, false },
    { "textDocument/rename", rename_symbol, false },
    { "textDocument/documentSymbol", document_symbols, false },
    { "textDocument/formatting", formatting, false },
    { "textDocument/codeAction", code_actions, false },
    { "workspace/didChangeConfiguration", nothing, true },
    { "workspace/didChangeWatchedFiles", nothing, true },
};

static const struct lsp_method *method_find(struct str name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (str_eq(name, str_of(methods[i].name)))
            return &methods[i];
    return NULL;
}

/* What stands in the way of a request now; NULL: nothing. */
static const char *not_now(const struct lsp *l, struct str name, enum lsp_code *code)
{
    *code = LSP_NOT_INITIALIZED;
    if (l->phase == LSP_FRESH)
        return str_eq(name, STR("initialize")) ? NULL : "initialize has to come first";
    *code = LSP_INVALID_REQUEST;
    return l->phase == LSP_SHUT ? "the session was shut down" : NULL;
}

static void run_request(struct lsp *l, struct str name, json_t *id, const json_t *params)
{
    const struct lsp_method *m = method_find(name);
    enum lsp_code code;
    const char *why = not_now(l, name, &code);
    json_t *result;

    if (why) {
        refuse(l, id, code, why);
        return;
    }
    if (!m || m->notification) {
        struct str told = arena_fmt(&l->arena, "there is no request \"" STR_FMT "\"",
                                    (int)(name.n > 100 ? 100 : name.n), name.p);
        refuse(l, id, LSP_UNKNOWN_METHOD, told.p);
        return;
    }
    l->error_text = STR_NONE;
    result = m->run(l, params);
    if (result)
        post(l, json_pack("{s:s,s:O?,s:o}", "jsonrpc", "2.0", "id", id, "result", result));
    else
        refuse(l, id, l->error, l->error_text.p);
}

/* A notification has no answer: one that cannot be understood is shown to the user. */
static void run_notification(struct lsp *l, struct str name, const json_t *params)
{
    const struct lsp_method *m = method_find(name);
    json_t *result;

    if (str_eq(name, STR("exit"))) {
        l->over = true;
        return;
    }
    if (l->phase != LSP_READY || !m || !m->notification)
        return;
    result = m->run(l, params);
    if (!result)
        lsp_notify(l, "window/logMessage",
                   json_pack("{s:i,s:o}", "type", 1, "message", json_of(l->error_text)));
    json_decref(result);
}

static void run_message(struct lsp *l, json_t *message)
{
    json_t *id = json_object_get(message, "id");
    const json_t *method = json_object_get(message, "method");
    struct str name = json_member(message, "method");
    bool has_id = json_is_string(id) || json_is_integer(id);

    if (json_is_object(message) && !method && (has_id || json_is_null(id)))
        return; /* an answer to something we never asked */
    if (!json_is_object(message) || !json_is_string(method) ||
        (id && !has_id && !json_is_null(id))) {
        refuse(l, has_id ? id : NULL, LSP_INVALID_REQUEST,
               "expected an object with a method, and for a request an id");
        return;
    }
    if (id)
        run_request(l, name, id, json_object_get(message, "params"));
    else
        run_notification(l, name, json_object_get(message, "params"));
}

static void run_text(struct lsp *l, struct str text)
{
    json_error_t why;
    json_t *message = NULL;

    if (json_depth_ok(text))
        message = json_loadb(text.p, text.n, JSON_ALLOW_NUL | JSON_DECODE_ANY, &why);
    else
        snprintf(why.text, sizeof why.text, "it is nested too deep");
    arena_init(&l->arena, MEM_CONTROL, 65536);
    if (message) {
        run_message(l, message);
    } else {
        struct str told = arena_fmt(&l->arena, "this is no JSON: %s", why.text);
        refuse(l, NULL, LSP_PARSE_ERROR, told.p);
    }
    arena_free(&l->arena);
    json_decref(message);
}

void lsp_feed(struct lsp *l, struct str bytes, struct buf *out)
{
    struct str body;

    l->out = out;
    framing_add(&l->framing, bytes);
    while (!l->over)
        switch (framing_next(&l->framing, &body)) {
        case FRAMING_MORE: return;
        case FRAMING_MESSAGE: run_text(l, body); break;
        case FRAMING_BAD:
            refuse(l, NULL, LSP_PARSE_ERROR, "expected Content-Length: N, a blank line, N bytes");
            break;
        case FRAMING_TOO_LONG:
            refuse(l, NULL, LSP_INVALID_REQUEST, "the message is too long: it is passed over");
            break;
        }
}

/* ---- all of it ---- */

struct lsp *lsp_new(const struct load_options *options)
{
    struct lsp *l = mem_zalloc(MEM_CONTROL, sizeof *l);
    char folder[PATH_MAX];

    l->options = options;
    framing_init(&l->framing);
    arena_init(&l->checked, MEM_CONTROL, 4096);
    arena_init(&l->arena, MEM_CONTROL, 4096);
    l->published = json_object();
    if (!getcwd(folder, sizeof folder))
        strcpy(folder, "/");
    l->folder = (struct str){ mem_strdup(MEM_CONTROL, str_of(folder)), strlen(folder) };
    if (options->file.n) {
        struct str path = path_normal(&l->arena, l->folder, options->file);

        l->main = (struct str){ mem_strdup(MEM_CONTROL, path), path.n };
    }
    arena_free(&l->arena);
    learn_route_arguments(l);
    return l;
}

void lsp_free(struct lsp *l)
{
    while (l->documents) {
        struct document *d = l->documents;

        l->documents = d->next;
        document_free(d);
    }
    while (l->route_arguments) {
        struct route_argument *a = l->route_arguments;

        l->route_arguments = a->next;
        mem_free(MEM_CONTROL, a);
    }
    json_decref(l->published);
    arena_free(&l->checked);
    framing_free(&l->framing);
    mem_free(MEM_CONTROL, (void *)(uintptr_t)l->folder.p);
    mem_free(MEM_CONTROL, (void *)(uintptr_t)l->main.p);
    mem_free(MEM_CONTROL, l);
}

bool lsp_over(const struct lsp *l, int *code)
{
    *code = l->phase == LSP_SHUT ? 0 : 1;
    return l->over;
}

/* Its own copies: a configuration that includes "-", or a library that prints, is not to meddle. */
static int keep(int fd, int flags)
{
    int kept = fcntl(fd, F_DUPFD_CLOEXEC, 3), null = open("/dev/null", flags | O_CLOEXEC);

    if (null >= 0) {
        dup2(null, fd);
        close(null);
    }
    return kept;
}

int lsp_run(const struct load_options *options)
{
    struct lsp *l = lsp_new(options);
    int in = keep(0, O_RDONLY), out_fd = keep(1, O_WRONLY), code = 1;
    struct buf out;
    ssize_t n;

    log_set_level(LOG_NONE);
    buf_init(&out, MEM_CONTROL);
    while (!lsp_over(l, &code)) {
        char space[65536];

        n = read(in, space, sizeof space);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        lsp_feed(l, (struct str){ space, (size_t)n }, &out);
        if (file_write_all(out_fd, buf_str(&out)))
            break;
        buf_clear(&out);
    }
    buf_free(&out);
    lsp_free(l);
    return code;
}
