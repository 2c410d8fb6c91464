-- Times are milliseconds since 1970, except *_s columns, which are seconds. Lists and maps are JSON in text: it comes
-- back as it was written. bytea columns named for a secret hold sealed boxes, never the secret.
-- Names are plain: everything stands in the first schema of the connection's search_path.
-- Each statement ends with a semicolon; quotes and comments may hold one, dollar quotes may not be used.

-- The store's clock, of all replicas.
CREATE FUNCTION evergrant_now() RETURNS bigint LANGUAGE sql VOLATILE
AS 'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

-- generation_floor: no key is given a generation up to it. Who gives a generation shares a lock on its row, who
-- removes a connection holds it alone. master_key_check: a known text, sealed.
CREATE TABLE store_state (
    name   text COLLATE "C" PRIMARY KEY,
    number bigint NOT NULL DEFAULT 0,
    box    bytea
);
INSERT INTO store_state (name, number) VALUES ('generation_floor', 0);

-- What was done once, ever.
CREATE TABLE once (
    name    text COLLATE "C" PRIMARY KEY,
    done_at bigint NOT NULL
);

-- The id of a destroyed key is never given to another: it comes from the sequence, before the key is wrapped for it.
-- Every write of a sealed value locks its key's row FOR KEY SHARE, so that nothing is kept under a destroyed key.
CREATE TABLE data_keys (
    id             bigint PRIMARY KEY,
    tenant_id      text COLLATE "C" NOT NULL,
    master_key_id  text NOT NULL,
    wrapped        bytea NOT NULL,
    seals_reserved bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);
CREATE SEQUENCE data_key_ids OWNED BY data_keys.id;
CREATE INDEX data_keys_by_tenant ON data_keys (tenant_id, id);

CREATE TABLE tenants (
    id         text COLLATE "C" PRIMARY KEY,
    name       text NOT NULL,
    time_zone  text NOT NULL,
    contacts   text NOT NULL,
    settings   text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL
);

-- Connections. claimed_until: until then nobody else is offered the connection for refreshing; no index holds it, so
-- that a claim is a HOT update where the page has room.
CREATE TABLE oauth_tokens (
    tenant_id      text COLLATE "C" NOT NULL,
    integration_id text COLLATE "C" NOT NULL,
    provider       text COLLATE "C" NOT NULL,
    status         text NOT NULL CHECK (status IN ('healthy', 'refresh_failed', 'invalid')),
    generation     bigint NOT NULL,
    scopes         text NOT NULL,
    expires_at_s   bigint,
    last_error     text NOT NULL DEFAULT '',
    failures       bigint NOT NULL DEFAULT 0,
    next_try_at    bigint,
    claimed_by     text,
    claimed_until  bigint,
    last_refresh   bigint,
    created_at     bigint NOT NULL,
    updated_at     bigint NOT NULL,
    params         text NOT NULL,
    token_type     text NOT NULL,
    lifetime_s     bigint NOT NULL,
    access_token   bytea,
    refresh_token  bytea,
    metadata       bytea,
    PRIMARY KEY (tenant_id, integration_id)
) WITH (fillfactor = 80);
CREATE INDEX oauth_tokens_by_provider ON oauth_tokens (provider, tenant_id, integration_id);
CREATE INDEX oauth_tokens_by_status ON oauth_tokens (status, tenant_id, integration_id);
CREATE INDEX oauth_tokens_due ON oauth_tokens (next_try_at) WHERE next_try_at IS NOT NULL AND status <> 'invalid';

-- One row for each refresh token that is being, or may have been, spent; apart from oauth_tokens, so that taking and
-- renewing a lease writes a few bytes and leaves the sealed tokens where they are. Few rows that change often: pages
-- are left half empty, and no index holds lease_expires_at, so that a renewal is a HOT update.
CREATE TABLE refresh_intents (
    tenant_id        text COLLATE "C" NOT NULL,
    integration_id   text COLLATE "C" NOT NULL,
    generation       bigint NOT NULL,
    since            bigint NOT NULL,
    owner            text NOT NULL,
    attempts         bigint NOT NULL,
    lease_owner      text,
    lease_expires_at bigint,
    PRIMARY KEY (tenant_id, integration_id)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX refresh_intents_leased ON refresh_intents (since) WHERE lease_owner IS NOT NULL;

-- Authorizations under way.
CREATE TABLE oauth_states (
    state_hash        bytea PRIMARY KEY,
    tenant_id         text COLLATE "C" NOT NULL,
    integration_id    text COLLATE "C" NOT NULL,
    provider          text COLLATE "C" NOT NULL,
    client_id         text NOT NULL,
    params            text NOT NULL,
    scopes            text NOT NULL,
    redirect_uri      text NOT NULL,
    issuer            text NOT NULL,
    issuer_required   boolean NOT NULL,
    nonce             text NOT NULL,
    redirect_to       text NOT NULL,
    started_by        text NOT NULL,
    ticket_hash       bytea,
    browser_hash      bytea,
    created_at        bigint NOT NULL,
    expires_at        bigint NOT NULL,
    code_verifier     bytea,
    authorization_url bytea
);
CREATE UNIQUE INDEX oauth_states_by_ticket ON oauth_states (ticket_hash) WHERE ticket_hash IS NOT NULL;
CREATE INDEX oauth_states_by_expiry ON oauth_states (expires_at);
CREATE INDEX oauth_states_by_tenant ON oauth_states (tenant_id);

-- App credentials. The deployment's have an empty tenant_id.
CREATE TABLE oauth_configurations (
    tenant_id      text COLLATE "C" NOT NULL,
    provider       text COLLATE "C" NOT NULL,
    client_id      text NOT NULL,
    params         text NOT NULL,
    generation     bigint NOT NULL,
    updated_at     bigint NOT NULL,
    client_secrets bytea,
    PRIMARY KEY (tenant_id, provider)
);

CREATE TABLE api_keys (
    id             text COLLATE "C" PRIMARY KEY,
    name           text NOT NULL,
    role           text NOT NULL CHECK (role IN ('admin', 'app', 'auditor')),
    secret_hash    bytea NOT NULL,
    tenants        text NOT NULL,
    providers      text NOT NULL,
    expires_at_s   bigint,
    last_used_at_s bigint,
    revoked_at_s   bigint,
    created_at     bigint NOT NULL
);

-- What was taken of a window's budget. granted: what the last who asked was given.
CREATE TABLE budgets (
    name           text COLLATE "C" PRIMARY KEY,
    window_ends_at bigint NOT NULL,
    taken          bigint NOT NULL,
    granted        bigint NOT NULL
) WITH (fillfactor = 50);

-- For people and their reports: what stands in oauth_tokens without its secrets.
CREATE VIEW oauth_integrations AS
SELECT tenant_id, integration_id, provider, status, scopes, to_timestamp(expires_at_s) AS expires_at, last_error,
       failures, to_timestamp(next_try_at / 1000.0) AS next_try_at, to_timestamp(last_refresh / 1000.0) AS last_refresh,
       to_timestamp(created_at / 1000.0) AS created_at, to_timestamp(updated_at / 1000.0) AS updated_at
FROM oauth_tokens;
