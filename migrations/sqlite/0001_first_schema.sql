-- Times are milliseconds since 1970, except *_s columns, which are seconds. Lists and maps are JSON.
-- BLOB columns named for a secret hold sealed boxes, never the secret.

CREATE TABLE store_state (
    name  TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- What was done once, ever.
CREATE TABLE once (
    name    TEXT PRIMARY KEY,
    done_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: the id of a destroyed key is never given to another.
CREATE TABLE data_keys (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant_id      TEXT NOT NULL,
    master_key_id  TEXT NOT NULL,
    wrapped        BLOB NOT NULL,
    seals_reserved INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX data_keys_by_tenant ON data_keys (tenant_id, id);

CREATE TABLE tenants (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL,
    time_zone  TEXT NOT NULL,
    contacts   TEXT NOT NULL,
    settings   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Connections. Sealed columns stand last: lists never read the pages they overflow to.
CREATE TABLE oauth_tokens (
    tenant_id      TEXT NOT NULL,
    integration_id TEXT NOT NULL,
    provider       TEXT NOT NULL,
    status         TEXT NOT NULL CHECK (status IN ('healthy', 'refresh_failed', 'invalid')),
    generation     INTEGER NOT NULL,
    scopes         TEXT NOT NULL,
    expires_at_s   INTEGER,
    last_error     TEXT NOT NULL DEFAULT '',
    failures       INTEGER NOT NULL DEFAULT 0,
    next_try_at    INTEGER,
    last_refresh   INTEGER,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    params         TEXT NOT NULL,
    token_type     TEXT NOT NULL,
    lifetime_s     INTEGER NOT NULL,
    access_token   BLOB,
    refresh_token  BLOB,
    metadata       BLOB,
    PRIMARY KEY (tenant_id, integration_id)
) STRICT;
CREATE INDEX oauth_tokens_by_provider ON oauth_tokens (provider, tenant_id, integration_id);
CREATE INDEX oauth_tokens_by_status ON oauth_tokens (status, tenant_id, integration_id);
CREATE INDEX oauth_tokens_due ON oauth_tokens (next_try_at, tenant_id, integration_id) WHERE next_try_at IS NOT NULL;

-- One row for each refresh token that is being, or may have been, spent; apart from oauth_tokens, so that taking and
-- renewing a lease writes a few bytes and leaves the sealed tokens where they are.
CREATE TABLE refresh_intents (
    tenant_id        TEXT NOT NULL,
    integration_id   TEXT NOT NULL,
    generation       INTEGER NOT NULL,
    since            INTEGER NOT NULL,
    owner            TEXT NOT NULL,
    attempts         INTEGER NOT NULL,
    lease_owner      TEXT,
    lease_expires_at INTEGER,
    PRIMARY KEY (tenant_id, integration_id)
) STRICT, WITHOUT ROWID;

-- Authorizations under way.
CREATE TABLE oauth_states (
    state_hash        BLOB PRIMARY KEY,
    tenant_id         TEXT NOT NULL,
    integration_id    TEXT NOT NULL,
    provider          TEXT NOT NULL,
    client_id         TEXT NOT NULL,
    params            TEXT NOT NULL,
    scopes            TEXT NOT NULL,
    redirect_uri      TEXT NOT NULL,
    issuer            TEXT NOT NULL,
    issuer_required   INTEGER NOT NULL,
    nonce             TEXT NOT NULL,
    redirect_to       TEXT NOT NULL,
    started_by        TEXT NOT NULL,
    ticket_hash       BLOB,
    browser_hash      BLOB,
    created_at        INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL,
    code_verifier     BLOB,
    authorization_url BLOB
) STRICT;
CREATE UNIQUE INDEX oauth_states_by_ticket ON oauth_states (ticket_hash) WHERE ticket_hash IS NOT NULL;
CREATE INDEX oauth_states_by_expiry ON oauth_states (expires_at);
CREATE INDEX oauth_states_by_tenant ON oauth_states (tenant_id);

-- App credentials. The deployment's have an empty tenant_id.
CREATE TABLE oauth_configurations (
    tenant_id      TEXT NOT NULL,
    provider       TEXT NOT NULL,
    client_id      TEXT NOT NULL,
    params         TEXT NOT NULL,
    generation     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    client_secrets BLOB,
    PRIMARY KEY (tenant_id, provider)
) STRICT;

CREATE TABLE api_keys (
    id             TEXT PRIMARY KEY,
    name           TEXT NOT NULL,
    role           TEXT NOT NULL CHECK (role IN ('admin', 'app', 'auditor')),
    secret_hash    BLOB NOT NULL,
    tenants        TEXT NOT NULL,
    providers      TEXT NOT NULL,
    expires_at_s   INTEGER,
    last_used_at_s INTEGER,
    revoked_at_s   INTEGER,
    created_at     INTEGER NOT NULL
) STRICT;
