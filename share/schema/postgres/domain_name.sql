-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE domain_name (
    id SERIAL PRIMARY KEY NOT NULL,
    domain VARCHAR(64) DEFAULT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('domain_name', 1);
