-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE imc_members (
    id SERIAL PRIMARY KEY NOT NULL,
    username VARCHAR(64) DEFAULT '' NOT NULL,
    domain VARCHAR(64) DEFAULT '' NOT NULL,
    room VARCHAR(64) DEFAULT '' NOT NULL,
    flag INTEGER NOT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('imc_members', 1);
