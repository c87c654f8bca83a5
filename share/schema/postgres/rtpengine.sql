-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE rtpengine (
    id SERIAL PRIMARY KEY NOT NULL,
    setid BIGINT DEFAULT 0 NOT NULL,
    url VARCHAR(64) DEFAULT '' NOT NULL,
    weight BIGINT DEFAULT 1 NOT NULL,
    disabled INTEGER DEFAULT 0 NOT NULL,
    stamp TIMESTAMP WITHOUT TIME ZONE DEFAULT '1900-01-01 00:00:01' NOT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('rtpengine', 1);
