-- SPDX-License-Identifier: BSD-2-Clause
-- Made by tools/schema/generate.py.
CREATE TABLE dialog_vars (
    id INTEGER PRIMARY KEY NOT NULL,
    hash_entry INTEGER NOT NULL,
    hash_id INTEGER NOT NULL,
    dialog_key VARCHAR(128) DEFAULT '' NOT NULL,
    dialog_value VARCHAR(512) DEFAULT '' NOT NULL
);
CREATE INDEX dialog_vars_hash_entry_hash_id_idx ON dialog_vars (hash_entry, hash_id);
INSERT INTO version (table_name, table_version) VALUES ('dialog_vars', 1);
