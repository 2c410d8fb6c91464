-- The audit log: one chain, whose making src/storage/audit.h tells.
CREATE TABLE audit_events (
    sequence    INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    actor       TEXT NOT NULL,
    role        TEXT NOT NULL,
    action      TEXT NOT NULL,
    tenant      TEXT NOT NULL,
    integration TEXT NOT NULL,
    outcome     TEXT NOT NULL,
    address     TEXT NOT NULL,
    request_id  TEXT NOT NULL,
    detail      TEXT NOT NULL,
    hash        BLOB NOT NULL,
    mac         BLOB NOT NULL
) STRICT;
CREATE INDEX audit_events_by_tenant ON audit_events (tenant, sequence);
CREATE INDEX audit_events_by_actor ON audit_events (actor, sequence);
CREATE INDEX audit_events_by_action ON audit_events (action, sequence);
CREATE INDEX audit_events_not_ok ON audit_events (outcome, sequence) WHERE outcome <> 'ok';

-- One row: the last row that was removed as too old, and the last that was written.
CREATE TABLE audit_chain (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    base_sequence INTEGER NOT NULL,
    base_hash     BLOB NOT NULL,
    base_mac      BLOB NOT NULL,
    head_sequence INTEGER NOT NULL,
    head_hash     BLOB NOT NULL,
    head_mac      BLOB NOT NULL
) STRICT;
INSERT INTO audit_chain VALUES (1, 0, zeroblob(32), x'', 0, zeroblob(32), x'');

-- For rotating the master key: which data keys are still to be sealed anew, and which master keys each replica knows.
CREATE INDEX data_keys_by_master_key ON data_keys (master_key_id, tenant_id);
CREATE TABLE replicas (
    id          TEXT PRIMARY KEY,
    master_keys TEXT NOT NULL,
    unwritten   INTEGER NOT NULL,
    heard_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
