-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE dr_rules (
    id SERIAL PRIMARY KEY NOT NULL,
    ruleid BIGINT NOT NULL,
    groupid VARCHAR(255) DEFAULT '' NOT NULL,
    prefix VARCHAR(64) DEFAULT '' NOT NULL,
    timerec VARCHAR(255) DEFAULT '' NOT NULL,
    priority INTEGER DEFAULT 0 NOT NULL,
    routeid VARCHAR(64) DEFAULT '' NOT NULL,
    gwlist VARCHAR(255) DEFAULT '' NOT NULL,
    description VARCHAR(128) DEFAULT '' NOT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('dr_rules', 3);
