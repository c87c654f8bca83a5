-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE address (
    id SERIAL PRIMARY KEY NOT NULL,
    grp BIGINT DEFAULT 1 NOT NULL,
    ip_addr VARCHAR(50) DEFAULT '' NOT NULL,
    mask INTEGER DEFAULT 32 NOT NULL,
    port INTEGER DEFAULT 0 NOT NULL,
    tag VARCHAR(64) DEFAULT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('address', 6);
