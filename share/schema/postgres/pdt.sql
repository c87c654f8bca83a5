-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE pdt (
    id SERIAL PRIMARY KEY NOT NULL,
    sdomain VARCHAR(255) DEFAULT '' NOT NULL,
    prefix VARCHAR(32) DEFAULT '' NOT NULL,
    domain VARCHAR(255) DEFAULT '' NOT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('pdt', 1);
