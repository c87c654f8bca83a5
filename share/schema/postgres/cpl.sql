-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE cpl (
    id SERIAL PRIMARY KEY NOT NULL,
    username VARCHAR(64) DEFAULT '' NOT NULL,
    domain VARCHAR(64) DEFAULT '' NOT NULL,
    cpl_xml TEXT DEFAULT NULL,
    cpl_bin TEXT DEFAULT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('cpl', 1);
