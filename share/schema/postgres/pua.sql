-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE pua (
    id SERIAL PRIMARY KEY NOT NULL,
    pres_uri VARCHAR(255) DEFAULT '' NOT NULL,
    pres_id VARCHAR(255) DEFAULT '' NOT NULL,
    event INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    desired_expires INTEGER NOT NULL,
    flag INTEGER NOT NULL,
    etag VARCHAR(128) DEFAULT '' NOT NULL,
    tuple_id VARCHAR(64) DEFAULT NULL,
    watcher_uri VARCHAR(255) DEFAULT '' NOT NULL,
    call_id VARCHAR(255) DEFAULT '' NOT NULL,
    to_tag VARCHAR(128) DEFAULT '' NOT NULL,
    from_tag VARCHAR(128) DEFAULT '' NOT NULL,
    cseq INTEGER NOT NULL,
    record_route TEXT DEFAULT NULL,
    contact VARCHAR(255) DEFAULT '' NOT NULL,
    remote_contact VARCHAR(255) DEFAULT '' NOT NULL,
    version INTEGER NOT NULL,
    extra_headers TEXT NOT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('pua', 7);
