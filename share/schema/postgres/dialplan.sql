-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE dialplan (
    id SERIAL PRIMARY KEY NOT NULL,
    dpid INTEGER NOT NULL,
    pr INTEGER NOT NULL,
    match_op INTEGER NOT NULL,
    match_exp VARCHAR(64) DEFAULT '' NOT NULL,
    match_len INTEGER NOT NULL,
    subst_exp VARCHAR(64) DEFAULT '' NOT NULL,
    repl_exp VARCHAR(256) DEFAULT '' NOT NULL,
    attrs VARCHAR(64) DEFAULT '' NOT NULL
);
INSERT INTO version (table_name, table_version) VALUES ('dialplan', 2);
