-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE watchers (
    id INTEGER PRIMARY KEY NOT NULL,
    presentity_uri VARCHAR(255) DEFAULT '' NOT NULL,
    watcher_username VARCHAR(64) DEFAULT '' NOT NULL,
    watcher_domain VARCHAR(64) DEFAULT '' NOT NULL,
    event VARCHAR(64) DEFAULT 'presence' NOT NULL,
    status INTEGER NOT NULL,
    reason VARCHAR(64) DEFAULT NULL,
    inserted_time INTEGER NOT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('watchers', 3);
