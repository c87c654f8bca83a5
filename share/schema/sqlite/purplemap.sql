-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE purplemap (
    id INTEGER PRIMARY KEY NOT NULL,
    sip_user VARCHAR(255) DEFAULT '' NOT NULL,
    ext_user VARCHAR(255) DEFAULT '' NOT NULL,
    ext_prot VARCHAR(16) DEFAULT '' NOT NULL,
    ext_pass VARCHAR(64) DEFAULT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('purplemap', 1);
