-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE domain_attrs (
    id INTEGER PRIMARY KEY NOT NULL,
    did VARCHAR(64) DEFAULT '' NOT NULL,
    name VARCHAR(32) DEFAULT '' NOT NULL,
    type INTEGER NOT NULL,
    value VARCHAR(255) DEFAULT '' NOT NULL,
    last_modified TIMESTAMP WITHOUT TIME ZONE DEFAULT '2000-01-01 00:00:01' NOT NULL
);
CREATE INDEX domain_attrs_did_name_idx ON domain_attrs (did, name);
INSERT INTO version (table_name, table_version) VALUES ('domain_attrs', 1);
