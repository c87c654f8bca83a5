-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE mohqueues (
    id INTEGER PRIMARY KEY NOT NULL,
    name VARCHAR(25) DEFAULT '' NOT NULL,
    uri VARCHAR(100) DEFAULT '' NOT NULL,
    mohdir VARCHAR(100) DEFAULT NULL,
    mohfile VARCHAR(100) DEFAULT '' NOT NULL,
    debug INTEGER NOT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('mohqueues', 1);
