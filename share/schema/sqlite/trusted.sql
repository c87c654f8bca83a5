-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE trusted (
    id INTEGER PRIMARY KEY NOT NULL,
    src_ip VARCHAR(50) DEFAULT '' NOT NULL,
    proto VARCHAR(4) DEFAULT '' NOT NULL,
    from_pattern VARCHAR(64) DEFAULT NULL,
    ruri_pattern VARCHAR(64) DEFAULT NULL,
    tag VARCHAR(64) DEFAULT NULL,
    priority INTEGER DEFAULT 0 NOT NULL
);
CREATE INDEX trusted_src_ip_idx ON trusted (src_ip);
INSERT INTO version (table_name, table_version) VALUES ('trusted', 6);
