/* SPDX-License-Identifier: BSD-2-Clause */
/* The usrloc module: parameters and life cycle. */
#include "core/database.h"
#include "modules/usrloc/inner.h"
#include "rt/worker.h"

enum { TABLE_VERSION = 9 };

struct usrloc_self usrloc_self = { .lock = PTHREAD_MUTEX_INITIALIZER };

void usrloc_test_conf(const struct usrloc_conf *conf)
{
    usrloc_self.test_conf = conf;
}

const struct usrloc_conf *usrloc_conf(void)
{
    return usrloc_self.test_conf ? usrloc_self.test_conf : current_conf(&module_usrloc);
}

struct usrloc_settings usrloc_settings(void)
{
    const struct usrloc_conf *conf = usrloc_conf();

    return (struct usrloc_settings){ .use_domain = conf->use_domain,
                                     .db_mode = conf->db_mode,
                                     .matching_mode = conf->matching_mode,
                                     .cseq_delay = conf->cseq_delay,
                                     .nat_flag = conf->nat_bflag,
                                     .xavp_contact = conf->xavp_contact };
}

static int64_t registered_users(void)
{
    size_t n = 0;

    for (size_t i = 0; location_at(i); i++)
        n += location_aors(location_at(i));
    return (int64_t)n;
}

/* Life cycle. */

static err_t usrloc_check(struct load *l, void *data)
{
    struct usrloc_conf *conf = data;

    if (conf->ka_loglevel <= 3 && load_format(l, conf->ka_logmsg, &conf->ka_log))
        return ERR_SYNTAX;
    return conf->db_mode == DB_NONE ? ERR_OK : database_check_url(l, "db_url", conf->db_url);
}

static err_t usrloc_start(const void *data)
{
    (void)data;
    lost_begin();
    keepalive_begin();
    return ERR_OK;
}

static void usrloc_adopt(const void *data)
{
    const struct usrloc_conf *conf = data;

    for (size_t i = 0; i < conf->preload.n; i++)
        (void)location_open(conf->preload.items[i]);
}

static err_t usrloc_worker_start(const void *data)
{
    const struct usrloc_conf *conf = data;
    err_t e = ERR_OK;

    if (worker_index(worker_self()) == 0 && conf->db_mode != DB_NONE) {
        for (size_t i = 0; location_at(i) && !e; i++) {
            if (conf->version_table)
                e = database_check_version("usrloc", conf->db_url, location_at(i)->name,
                                           TABLE_VERSION);
            if (!e)
                location_ensure_loaded(location_at(i));
        }
    }
    if (!e) {
        sweep_start();
        keepalive_start();
    }
    return e;
}

static void usrloc_worker_stop(void)
{
    keepalive_stop();
    sweep_stop();
}

#define COLUMN(member, name, what)                                                                 \
    FIELD(usrloc_conf, member, "Column that holds " what ".", .def = (name))
#define SAME "every write is an insert-or-update by the record's unique id"

static const struct field params[] = {
    COLUMN(ruid_column, "ruid", "the record's unique id"),
    COLUMN(user_column, "username", "the user, or the whole AOR without use_domain"),
    COLUMN(domain_column, "domain", "the domain"),
    COLUMN(contact_column, "contact", "the contact URI"),
    COLUMN(expires_column, "expires", "when it runs out"),
    COLUMN(q_column, "q", "the preference"),
    COLUMN(callid_column, "callid", "the Call-ID of the REGISTER"),
    COLUMN(cseq_column, "cseq", "the CSeq of the REGISTER"),
    COLUMN(flags_column, "flags", "flags of the record"),
    COLUMN(cflags_column, "cflags", "branch flags"),
    COLUMN(user_agent_column, "user_agent", "the User-Agent"),
    COLUMN(received_column, "received", "where the REGISTER came from"),
    COLUMN(path_column, "path", "the Path"),
    COLUMN(socket_column, "socket", "the socket that received the REGISTER"),
    COLUMN(methods_column, "methods", "the methods it takes"),
    COLUMN(instance_column, "instance", "the instance id"),
    COLUMN(reg_id_column, "reg_id", "the reg-id"),
    COLUMN(server_id_column, "server_id", "the server_id of who wrote it"),
    COLUMN(connection_id_column, "connection_id", "the number of its connection"),
    COLUMN(keepalive_column, "keepalive", "the keep-alive state"),
    FIELD(usrloc_conf, partition_column, "Column for the partition number.", .def = "partition",
          .inert = "the column is left to its default"),
    FIELD(usrloc_conf, db_url, "Database of the locations.",
          .def = "mysql://kamailio:kamailiorw@localhost/kamailio"),
    FIELD(usrloc_conf, timer_interval, "Seconds in which all records are swept once.", .def = "60",
          .min = 1, .max = 86400),
    FIELD(usrloc_conf, db_mode,
          "0: memory only, 1: write at once, 2: write by timer, 3: database only.", .def = "0",
          .max = 3),
    FIELD(usrloc_conf, db_load, "Load the table at the start (db_mode 1 and 2).", .def = "1"),
    FIELD(usrloc_conf, db_insert_update, "Update when an insert meets the same key.", .def = "0",
          .inert = SAME),
    FIELD(usrloc_conf, use_domain, "The domain is part of the AOR.", .def = "0", .runtime = true),
    FIELD(usrloc_conf, desc_time_order, "Newest contact first, instead of by q.", .def = "0",
          .runtime = true),
    FIELD(usrloc_conf, matching_mode,
          "Same contact: 0 by URI, 1 by URI and Call-ID, 2 by URI and Path, 3 by Call-ID.",
          .def = "0", .max = 3),
    FIELD(usrloc_conf, cseq_delay, "Seconds in which the same CSeq is a retransmission.",
          .def = "20"),
    FIELD(usrloc_conf, fetch_rows, "Rows read at once when loading.", .def = "2000"),
    FIELD(usrloc_conf, hash_size, "Size of the hash table, as a power of two.", .def = "10",
          .inert = "tables grow by themselves"),
    FIELD(usrloc_conf, nat_bflag, "Branch flag that marks contacts behind NAT.", .def = "-1"),
    FIELD(usrloc_conf, handle_lost_tcp, "Remove contacts as soon as their connection is gone.",
          .def = "0"),
    FIELD(usrloc_conf, close_expired_tcp, "Close the connection of a contact that ran out.",
          .def = "0"),
    FIELD(usrloc_conf, skip_remote_socket, "Do not load contacts of sockets we do not have.",
          .def = "0"),
    FIELD(usrloc_conf, preload, "A table to load at the start.", .optional = true),
    FIELD(usrloc_conf, db_update_as_insert, "Insert instead of update.", .def = "0", .inert = SAME),
    FIELD(usrloc_conf, timer_procs, "Number of timer processes.", .def = "0",
          .inert = "each worker sweeps its share"),
    FIELD(usrloc_conf, db_check_update, "Insert when an update finds no row.", .def = "0",
          .inert = SAME),
    FIELD(
        usrloc_conf, xavp_contact,
        "The XAVP whose fields are kept with each contact that is saved, and come back when it is "
        "looked up; in a database, in table location_attrs.",
        .def = ""),
    FIELD(usrloc_conf, db_ops_ruid, "Address rows by the record's unique id.", .def = "1",
          .inert = "rows are always addressed so"),
    FIELD(usrloc_conf, expires_type, "0: times are dates, 1: seconds since 1970.", .def = "0",
          .max = 1),
    FIELD(usrloc_conf, db_raw_fetch_type, "How keep-alives are fetched.", .def = "0",
          .inert = "contacts to be pinged are taken from memory"),
    FIELD(usrloc_conf, db_insert_null, "Write NULL for what is missing.", .def = "0",
          .inert = "NULL is always written"),
    FIELD(usrloc_conf, server_id_filter, "Load only what this server_id wrote.", .def = "0"),
    FIELD(usrloc_conf, db_timer_clean,
          "Delete expired rows every timer_interval seconds, those of other servers too (db_mode 1 "
          "and 2).",
          .def = "0"),
    FIELD(usrloc_conf, rm_expired_delay, "Seconds to keep what has run out.", .def = "0"),
    FIELD(usrloc_conf, version_table, "Check the table's version at the start.", .def = "1"),
    FIELD(
        usrloc_conf, ka_mode,
        "Which contacts get keep-alives, a sum: 1 all, 2 only those behind NAT (nat_bflag), 4 only "
        "those on UDP. 0: none.",
        .def = "0", .max = 7),
    FIELD(usrloc_conf, ka_from, "From URI of keep-alives.", .def = "sip:server@kamailio.org"),
    FIELD(usrloc_conf, ka_domain, "Domain of their To where AORs have none (use_domain 0).",
          .def = "kamailio.org"),
    FIELD(usrloc_conf, ka_method, "Method of keep-alives.", .def = "OPTIONS"),
    FIELD(usrloc_conf, ka_filter, "1: only contacts with our server_id get them.", .def = "0",
          .max = 1),
    FIELD(usrloc_conf, ka_interval, "Seconds between two keep-alives of a contact.", .def = "40",
          .min = 1, .max = 86400),
    FIELD(usrloc_conf, ka_randomize, "Each leaves up to that many seconds later.", .def = "20",
          .min = 0, .max = 3600),
    FIELD(usrloc_conf, ka_timeout, "Seconds without a reply after which a contact goes; 0: never.",
          .def = "0"),
    FIELD(usrloc_conf, ka_loglevel, "Level at which replies are told; 255: they are not.",
          .def = "255", .min = -5, .max = 255),
    FIELD(usrloc_conf, ka_logmsg,
          "What is told behind the round trip; with variables of the reply.",
          .def = " to-uri: [$tu] remote-addr: [$sas]"),
    FIELD(usrloc_conf, ka_reply_codes,
          "Codes of replies that count, separated by commas, or their classes, 2 to 6; 0: all.",
          .def = "0"),
    FIELD(usrloc_conf, load_rank, "Process that loads the table.", .def = "1",
          .inert = "the first worker loads it"),
    FIELD(usrloc_conf, db_clean_tcp, "Forget contacts on streams at the start.", .def = "0"),
    { 0 },
};

static const struct stat_decl stats[] = {
    { .group = "usrloc",
      .name = "registered_users",
      .doc = "Addresses-of-record in all tables.",
      .gauge = true,
      .read = registered_users },
    { 0 },
};

static const struct table tables[] = {
    { "location", TABLE_VERSION, "Contacts of registered users." },
    { "location_attrs", 1, "Attributes of contacts." },
    { 0 },
};

const struct module module_usrloc = {
    .abi = MODULE_ABI,
    .name = "usrloc",
    .doc = "Keeps where users are registered, in memory and, if wanted, in a database.",
    .slot = &usrloc_self.slot,
    .conf_size = sizeof(struct usrloc_conf),
    .params = params,
    .methods = usrloc_methods,
    .stats = stats,
    .tables = tables,
    .check = usrloc_check,
    .adopt = usrloc_adopt,
    .worker_start = usrloc_worker_start,
    .worker_stop = usrloc_worker_stop,
    .start = usrloc_start,
    .stop = lost_end,
};
