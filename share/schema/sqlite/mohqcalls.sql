-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE mohqcalls (
    id INTEGER PRIMARY KEY NOT NULL,
    mohq_id INTEGER NOT NULL,
    call_id VARCHAR(100) DEFAULT '' NOT NULL,
    call_status INTEGER NOT NULL,
    call_from VARCHAR(100) DEFAULT '' NOT NULL,
    call_contact VARCHAR(100) DEFAULT NULL,
    call_time TIMESTAMP WITHOUT TIME ZONE NOT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('mohqcalls', 1);
