-- What an application has opened for an end user: who may be connected on the connect page, by which browser, and what
-- came of it. id: SHA-256 of the link's token. state_hash: of the authorization that is under way.
CREATE TABLE connect_sessions (
    id             text COLLATE "C" PRIMARY KEY,
    tenant_id      text COLLATE "C" NOT NULL,
    providers      text NOT NULL,
    integration_id text NOT NULL DEFAULT '',
    scopes         text NOT NULL,
    return_origin  text NOT NULL,
    created_by     text NOT NULL,
    may_replace    text NOT NULL,
    browser_hash   text NOT NULL DEFAULT '',
    state_hash     text COLLATE "C" NOT NULL DEFAULT '',
    outcome        text NOT NULL DEFAULT 'pending' CHECK (outcome IN ('pending', 'connected', 'failed')),
    provider       text NOT NULL DEFAULT '',
    error          text NOT NULL DEFAULT '',
    created_at     bigint NOT NULL,
    expires_at     bigint NOT NULL
);
CREATE INDEX connect_sessions_by_state ON connect_sessions (state_hash) WHERE state_hash <> '';
CREATE INDEX connect_sessions_by_tenant ON connect_sessions (tenant_id);
CREATE INDEX connect_sessions_by_end ON connect_sessions (expires_at);
