-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE carrierfailureroute (
    id SERIAL PRIMARY KEY NOT NULL,
    carrier BIGINT DEFAULT 0 NOT NULL,
    domain BIGINT DEFAULT 0 NOT NULL,
    scan_prefix VARCHAR(64) DEFAULT '' NOT NULL,
    host_name VARCHAR(255) DEFAULT '' NOT NULL,
    reply_code VARCHAR(3) DEFAULT '' NOT NULL,
    flags BIGINT DEFAULT 0 NOT NULL,
    mask BIGINT DEFAULT 0 NOT NULL,
    next_domain BIGINT DEFAULT 0 NOT NULL,
    description VARCHAR(255) DEFAULT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('carrierfailureroute', 2);
