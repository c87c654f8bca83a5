-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE lcr_gw (
    id INTEGER PRIMARY KEY NOT NULL,
    lcr_id INTEGER NOT NULL,
    gw_name VARCHAR(128) DEFAULT NULL,
    ip_addr VARCHAR(50) DEFAULT NULL,
    hostname VARCHAR(64) DEFAULT NULL,
    port INTEGER DEFAULT NULL,
    params VARCHAR(64) DEFAULT NULL,
    uri_scheme SMALLINT DEFAULT NULL,
    transport SMALLINT DEFAULT NULL,
    strip SMALLINT DEFAULT NULL,
    prefix VARCHAR(16) DEFAULT NULL,
    tag VARCHAR(64) DEFAULT NULL,
    flags INTEGER DEFAULT 0 NOT NULL,
    defunct INTEGER DEFAULT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('lcr_gw', 3);
