-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE carrierroute (
    id SERIAL PRIMARY KEY NOT NULL,
    carrier BIGINT DEFAULT 0 NOT NULL,
    domain BIGINT DEFAULT 0 NOT NULL,
    scan_prefix VARCHAR(64) DEFAULT '' NOT NULL,
    flags BIGINT DEFAULT 0 NOT NULL,
    mask BIGINT DEFAULT 0 NOT NULL,
    prob NUMERIC(13,6) DEFAULT 0 NOT NULL,
    strip BIGINT DEFAULT 0 NOT NULL,
    rewrite_host VARCHAR(255) DEFAULT '' NOT NULL,
    rewrite_prefix VARCHAR(64) DEFAULT '' NOT NULL,
    rewrite_suffix VARCHAR(64) DEFAULT '' NOT NULL,
    description VARCHAR(255) DEFAULT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('carrierroute', 3);
