-- The audit log: one chain, whose making src/storage/audit.h tells. Who appends locks the row of audit_chain.
CREATE TABLE audit_events (
    sequence    bigint PRIMARY KEY,
    at          bigint NOT NULL,
    actor       text COLLATE "C" NOT NULL,
    role        text NOT NULL,
    action      text COLLATE "C" NOT NULL,
    tenant      text COLLATE "C" NOT NULL,
    integration text NOT NULL,
    outcome     text COLLATE "C" NOT NULL,
    address     text NOT NULL,
    request_id  text NOT NULL,
    detail      text NOT NULL,
    hash        bytea NOT NULL,
    mac         bytea NOT NULL
);
CREATE INDEX audit_events_by_tenant ON audit_events (tenant, sequence);
CREATE INDEX audit_events_by_actor ON audit_events (actor, sequence);
CREATE INDEX audit_events_by_action ON audit_events (action, sequence);
CREATE INDEX audit_events_not_ok ON audit_events (outcome, sequence) WHERE outcome <> 'ok';

-- One row: the last row that was removed as too old, and the last that was written.
CREATE TABLE audit_chain (
    one           integer PRIMARY KEY CHECK (one = 1),
    base_sequence bigint NOT NULL,
    base_hash     bytea NOT NULL,
    base_mac      bytea NOT NULL,
    head_sequence bigint NOT NULL,
    head_hash     bytea NOT NULL,
    head_mac      bytea NOT NULL
) WITH (fillfactor = 50);
INSERT INTO audit_chain VALUES (1, 0, decode(repeat('00', 32), 'hex'), '', 0, decode(repeat('00', 32), 'hex'), '');

-- For rotating the master key: which data keys are still to be sealed anew, and which master keys each replica knows.
CREATE INDEX data_keys_by_master_key ON data_keys (master_key_id, tenant_id);
CREATE TABLE replicas (
    id          text COLLATE "C" PRIMARY KEY,
    master_keys text NOT NULL,
    unwritten   bigint NOT NULL,
    heard_at    bigint NOT NULL
) WITH (fillfactor = 50);
