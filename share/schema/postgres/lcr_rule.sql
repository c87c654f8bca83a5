-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE lcr_rule (
    id SERIAL PRIMARY KEY NOT NULL,
    lcr_id INTEGER NOT NULL,
    prefix VARCHAR(16) DEFAULT NULL,
    from_uri VARCHAR(64) DEFAULT NULL,
    request_uri VARCHAR(64) DEFAULT NULL,
    mt_tvalue VARCHAR(128) DEFAULT NULL,
    stopper BIGINT DEFAULT 0 NOT NULL,
    enabled BIGINT DEFAULT 1 NOT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('lcr_rule', 3);
