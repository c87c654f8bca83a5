-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE lcr_rule_target (
    id SERIAL PRIMARY KEY NOT NULL,
    lcr_id INTEGER NOT NULL,
    rule_id BIGINT NOT NULL,
    gw_id BIGINT NOT NULL,
    priority SMALLINT NOT NULL,
    weight BIGINT DEFAULT 1 NOT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('lcr_rule_target', 1);
