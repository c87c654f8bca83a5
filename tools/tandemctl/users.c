/* SPDX-License-Identifier: BSD-2-Clause */
#include "users.h"
#include "base/digest.h"
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *text(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *text(const char *format, ...)
{
    char *out = NULL;
    va_list ap;

    va_start(ap, format);
    if (vasprintf(&out, format, ap) < 0)
        abort();
    va_end(ap);
    return out;
}

/* The path in "sqlite:///path" or "sqlite:////path"; else the text itself. */
static char *path_of(struct str url)
{
    if (!str_starts(url, STR("sqlite:")))
        return text(STR_FMT, STR_ARG(url));
    url = str_skip(url, 7);
    if (str_starts(url, STR("//")))
        url = str_skip(url, 2);
    while (str_starts(url, STR("//")))
        url = str_skip(url, 1);
    return text(STR_FMT, STR_ARG(url));
}

/* The text between the quotes that follow `from` in a line of the configuration. */
static struct str quoted(struct str line, size_t from)
{
    struct str rest = str_skip(line, from);

    (void)str_split(&rest, '"');
    return str_split(&rest, '"');
}

/* Whether a modparam line sets something to yes. */
static bool says_yes(struct str line)
{
    return str_search(line, STR("yes")) < line.n || str_search(line, STR(" 1)")) < line.n ||
           str_search(line, STR(",1)")) < line.n;
}

/* What a configuration names: a define of DBURL, or the parameter of auth_db itself, and how users
 * are kept. The last one wins. */
static char *database_in(FILE *f, struct user_table *table)
{
    char line[4096], *found = NULL;

    while (fgets(line, sizeof line, f)) {
        struct str s = str_trim(str_of(line));
        size_t define = str_search(s, STR("DBURL")), param = str_search(s, STR("\"db_url\""));
        struct str url = STR_NONE;

        if (str_starts(s, STR("#!")) && define < s.n)
            url = quoted(s, define);
        else if (str_starts(s, STR("modparam")) && param < s.n)
            url = quoted(s, param + sizeof "\"db_url\"" - 1);
        else if (str_starts(s, STR("users.realm"))) {
            free(table->realm);
            table->realm = text(STR_FMT, STR_ARG(quoted(s, 0)));
        } else if (str_starts(s, STR("modparam")) && str_search(s, STR("calculate_ha1")) < s.n) {
            table->plain = says_yes(s);
        }
        if (!str_starts(url, STR("sqlite:")))
            continue;
        free(found);
        found = path_of(url);
    }
    return found;
}

bool users_find(const char *url, const char *config, struct user_table *table, char **why)
{
    static const char *const usual[] = { "etc/tandem.cfg", "/etc/tandem/tandem.cfg", NULL };
    const char *const given[] = { config, NULL };
    const char *environment = getenv("TANDEM_DB");

    if (!url)
        url = environment && *environment ? environment : NULL;
    for (const char *const *file = config ? given : usual; *file; file++) {
        FILE *f = fopen(*file, "re");
        char *path = f ? database_in(f, table) : NULL;

        if (f)
            fclose(f);
        free(table->database);
        table->database = path;
        if (path)
            break;
    }
    if (url) {
        free(table->database);
        table->database = path_of(str_of(url));
    }
    if (table->database)
        return true;
    *why = text("no server answers, and no configuration names an SQLite database; "
                "give one with --db PATH");
    return false;
}

static bool step(sqlite3_stmt *st, json_t *rows)
{
    int r;

    while ((r = sqlite3_step(st)) == SQLITE_ROW)
        json_array_append_new(rows, json_pack("{s:s*,s:s*}", "user", sqlite3_column_text(st, 0),
                                              "domain", sqlite3_column_text(st, 1)));
    return r == SQLITE_DONE;
}

/* Runs one statement with named arguments; NULL and *why after a failure, else the rows. */
static json_t *run(sqlite3 *db, const char *sql, const char *const (*args)[2], char **why)
{
    json_t *rows = json_array();
    sqlite3_stmt *st = NULL;
    bool done = sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK;

    for (; done && (*args)[0]; args++) {
        int at = sqlite3_bind_parameter_index(st, (*args)[0]);

        if (at)
            sqlite3_bind_text(st, at, (*args)[1] ? (*args)[1] : "", -1, SQLITE_TRANSIENT);
    }
    done = done && step(st, rows);
    if (!done)
        *why = text("%s: %s", sqlite3_db_filename(db, "main"), sqlite3_errmsg(db));
    sqlite3_finalize(st);
    if (done)
        return rows;
    json_decref(rows);
    return NULL;
}

static void hashes(const struct user_command *c, char *ha1, char *ha1b)
{
    struct str user = str_of(c->user), domain = str_of(c->domain ? c->domain : ""),
               password = str_of(c->password ? c->password : ""), colon = STR(":"), at = STR("@");

    digest_hex(DIGEST_MD5, (struct str[]){ user, colon, domain, colon, password }, 5, ha1);
    digest_hex(DIGEST_MD5, (struct str[]){ user, at, domain, colon, domain, colon, password }, 7,
               ha1b);
}

static json_t *run_command(sqlite3 *db, const struct user_table *t, const struct user_command *c,
                           char **why)
{
    static const struct {
        const char *what, *sql;
    } statements[] = {
        { "add", "INSERT INTO subscriber (username,domain,password,ha1,ha1b) SELECT "
                 ":user,:domain,:password,:ha1,:ha1b WHERE NOT EXISTS (SELECT 1 FROM subscriber "
                 "WHERE username=:user AND domain=:domain)" },
        { "password", "UPDATE subscriber SET password=:password,ha1=:ha1,ha1b=:ha1b WHERE "
                      "username=:user AND domain=:domain" },
        { "remove", "DELETE FROM subscriber WHERE username=:user AND domain=:domain" },
        { "list", "SELECT username,domain FROM subscriber WHERE :any OR domain=:domain ORDER BY "
                  "username" },
    };
    char ha1[DIGEST_HEX_MAX] = "", ha1b[DIGEST_HEX_MAX] = "";
    const char *const args[][2] = {
        { ":user", c->user },
        { ":domain", c->domain },
        { ":password", t->plain ? c->password : "" },
        { ":ha1", ha1 },
        { ":any", c->domain ? "0" : "1" },
        { ":ha1b", ha1b },
        { NULL, NULL },
    };
    json_t *rows = NULL;

    if (c->password)
        hashes(c, ha1, ha1b);
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        if (strcmp(statements[i].what, c->what) == 0)
            rows = run(db, statements[i].sql, args, why);
    if (rows && strcmp(c->what, "list") != 0 && sqlite3_changes(db) == 0) {
        *why = text(strcmp(c->what, "add") == 0 ? "the user %s is there already"
                                                : "there is no user %s",
                    c->user);
        json_decref(rows);
        return NULL;
    }
    return rows;
}

json_t *users_run(const struct user_table *table, const struct user_command *cmd, char **why)
{
    const char *database = table->database;
    sqlite3 *db = NULL;
    json_t *rows = NULL;

    if (access(database, F_OK))
        *why = text("%s: there is no such database; start the server once, it makes it", database);
    else if (sqlite3_open_v2(database, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        *why = text("%s: %s", database, sqlite3_errmsg(db));
    else {
        sqlite3_busy_timeout(db, 5000);
        rows = run_command(db, table, cmd, why);
    }
    sqlite3_close(db);
    return rows;
}
