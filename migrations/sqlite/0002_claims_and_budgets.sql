-- Connections that somebody sees to; a row of its own, as for a lease, so that the sealed tokens stay where they are.
-- A claim that has run out stays until the next one, or until its connection's refresh ends.
CREATE TABLE refresh_claims (
    tenant_id      TEXT NOT NULL,
    integration_id TEXT NOT NULL,
    claimed_by     TEXT NOT NULL,
    claimed_until  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, integration_id)
) STRICT, WITHOUT ROWID;

-- A lease that ran out with its owner still named was abandoned; before this version its owner was forgotten at a start.
UPDATE refresh_intents SET lease_owner = owner, lease_expires_at = since WHERE lease_owner IS NULL;
CREATE INDEX refresh_intents_by_lease ON refresh_intents (lease_expires_at) WHERE lease_expires_at IS NOT NULL;

-- What was taken of a window's budget.
CREATE TABLE budgets (
    name           TEXT PRIMARY KEY,
    window_ends_at INTEGER NOT NULL,
    taken          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX budgets_by_end ON budgets (window_ends_at);
