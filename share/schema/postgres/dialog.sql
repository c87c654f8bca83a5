-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE dialog (
    id SERIAL PRIMARY KEY NOT NULL,
    hash_entry BIGINT NOT NULL,
    hash_id BIGINT NOT NULL,
    callid VARCHAR(255) DEFAULT '' NOT NULL,
    from_uri VARCHAR(255) DEFAULT '' NOT NULL,
    from_tag VARCHAR(128) DEFAULT '' NOT NULL,
    to_uri VARCHAR(255) DEFAULT '' NOT NULL,
    to_tag VARCHAR(128) DEFAULT '' NOT NULL,
    caller_cseq VARCHAR(20) DEFAULT '' NOT NULL,
    callee_cseq VARCHAR(20) DEFAULT '' NOT NULL,
    caller_route_set VARCHAR(512) DEFAULT NULL,
    callee_route_set VARCHAR(512) DEFAULT NULL,
    caller_contact VARCHAR(255) DEFAULT '' NOT NULL,
    callee_contact VARCHAR(255) DEFAULT '' NOT NULL,
    caller_sock VARCHAR(64) DEFAULT '' NOT NULL,
    callee_sock VARCHAR(64) DEFAULT '' NOT NULL,
    state BIGINT NOT NULL,
    start_time BIGINT NOT NULL,
    timeout BIGINT DEFAULT 0 NOT NULL,
    sflags BIGINT DEFAULT 0 NOT NULL,
    iflags BIGINT DEFAULT 0 NOT NULL,
    toroute_name VARCHAR(32) DEFAULT NULL,
    req_uri VARCHAR(255) DEFAULT '' NOT NULL,
    xdata VARCHAR(512) DEFAULT NULL
);
CREATE INDEX dialog_hash_entry_hash_id_idx ON dialog (hash_entry, hash_id);
INSERT INTO version (table_name, table_version) VALUES ('dialog', 7);
