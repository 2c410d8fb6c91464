-- Grants that are gone here and which their providers are yet to be asked to revoke. The sealed columns are bound to the
-- same place as those of the connection's row. A claim is next_try_at moved into the future.
CREATE TABLE pending_revocations (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id      text COLLATE "C" NOT NULL,
    integration_id text COLLATE "C" NOT NULL,
    provider       text COLLATE "C" NOT NULL,
    generation     bigint NOT NULL,
    since          bigint NOT NULL,
    tries          bigint NOT NULL DEFAULT 0,
    next_try_at    bigint NOT NULL,
    params         text NOT NULL,
    access_token   bytea,
    refresh_token  bytea
);
CREATE INDEX pending_revocations_due ON pending_revocations (next_try_at, id);
CREATE INDEX pending_revocations_by_tenant ON pending_revocations (tenant_id, provider, since);
CREATE INDEX pending_revocations_by_provider ON pending_revocations (provider, since);
CREATE INDEX pending_revocations_by_age ON pending_revocations (since);
