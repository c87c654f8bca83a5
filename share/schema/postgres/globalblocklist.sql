-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE globalblocklist (
    id SERIAL PRIMARY KEY NOT NULL,
    prefix VARCHAR(64) DEFAULT '' NOT NULL,
    allowlist VARCHAR(1) DEFAULT '0' NOT NULL,
    description VARCHAR(255) DEFAULT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('globalblocklist', 1);
