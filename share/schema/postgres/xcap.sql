-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE xcap (
    id SERIAL PRIMARY KEY NOT NULL,
    username VARCHAR(64) DEFAULT '' NOT NULL,
    domain VARCHAR(64) DEFAULT '' NOT NULL,
    doc BYTEA NOT NULL,
    doc_type INTEGER NOT NULL,
    etag VARCHAR(128) DEFAULT '' NOT NULL,
    source INTEGER NOT NULL,
    doc_uri VARCHAR(255) DEFAULT '' NOT NULL,
    port INTEGER NOT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('xcap', 4);
