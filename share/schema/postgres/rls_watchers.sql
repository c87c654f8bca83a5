-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE rls_watchers (
    id SERIAL PRIMARY KEY NOT NULL,
    presentity_uri VARCHAR(255) DEFAULT '' NOT NULL,
    to_user VARCHAR(64) DEFAULT '' NOT NULL,
    to_domain VARCHAR(64) DEFAULT '' NOT NULL,
    watcher_username VARCHAR(64) DEFAULT '' NOT NULL,
    watcher_domain VARCHAR(64) DEFAULT '' NOT NULL,
    event VARCHAR(64) DEFAULT 'presence' NOT NULL,
    event_id VARCHAR(64) DEFAULT NULL,
    to_tag VARCHAR(128) DEFAULT '' NOT NULL,
    from_tag VARCHAR(128) DEFAULT '' NOT NULL,
    callid VARCHAR(255) DEFAULT '' NOT NULL,
    local_cseq INTEGER NOT NULL,
    remote_cseq INTEGER NOT NULL,
    contact VARCHAR(255) DEFAULT '' NOT NULL,
    record_route TEXT DEFAULT NULL,
    expires INTEGER NOT NULL,
    status INTEGER DEFAULT 2 NOT NULL,
    reason VARCHAR(64) DEFAULT '' NOT NULL,
    version INTEGER DEFAULT 0 NOT NULL,
    socket_info VARCHAR(64) DEFAULT '' NOT NULL,
    local_contact VARCHAR(255) DEFAULT '' NOT NULL,
    from_user VARCHAR(64) DEFAULT '' NOT NULL,
    from_domain VARCHAR(64) DEFAULT '' NOT NULL,
    updated INTEGER NOT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('rls_watchers', 3);
