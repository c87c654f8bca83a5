-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE domainpolicy (
    id SERIAL PRIMARY KEY NOT NULL,
    rule VARCHAR(255) DEFAULT '' NOT NULL,
    type VARCHAR(255) DEFAULT '' NOT NULL,
    att VARCHAR(255) DEFAULT NULL,
    val VARCHAR(128) DEFAULT NULL,
    description VARCHAR(255) DEFAULT '' NOT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('domainpolicy', 2);
