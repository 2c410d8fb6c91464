-- Grants that are gone here and which their providers are yet to be asked to revoke. The sealed columns are bound to the
-- same place as those of the connection's row. A claim is next_try_at moved into the future.
CREATE TABLE pending_revocations (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id      TEXT NOT NULL,
    integration_id TEXT NOT NULL,
    provider       TEXT NOT NULL,
    generation     INTEGER NOT NULL,
    since          INTEGER NOT NULL,
    tries          INTEGER NOT NULL DEFAULT 0,
    next_try_at    INTEGER NOT NULL,
    params         TEXT NOT NULL,
    access_token   BLOB,
    refresh_token  BLOB
) STRICT;
CREATE INDEX pending_revocations_due ON pending_revocations (next_try_at, id);
CREATE INDEX pending_revocations_by_tenant ON pending_revocations (tenant_id, provider, since);
CREATE INDEX pending_revocations_by_provider ON pending_revocations (provider, since);
CREATE INDEX pending_revocations_by_age ON pending_revocations (since);
