-- What an application has opened for an end user: who may be connected on the connect page, by which browser, and what
-- came of it. id: SHA-256 of the link's token. state_hash: of the authorization that is under way.
CREATE TABLE connect_sessions (
    id             TEXT PRIMARY KEY,
    tenant_id      TEXT NOT NULL,
    providers      TEXT NOT NULL,
    integration_id TEXT NOT NULL DEFAULT '',
    scopes         TEXT NOT NULL,
    return_origin  TEXT NOT NULL,
    created_by     TEXT NOT NULL,
    may_replace    TEXT NOT NULL,
    browser_hash   TEXT NOT NULL DEFAULT '',
    state_hash     TEXT NOT NULL DEFAULT '',
    outcome        TEXT NOT NULL DEFAULT 'pending' CHECK (outcome IN ('pending', 'connected', 'failed')),
    provider       TEXT NOT NULL DEFAULT '',
    error          TEXT NOT NULL DEFAULT '',
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX connect_sessions_by_state ON connect_sessions (state_hash) WHERE state_hash <> '';
CREATE INDEX connect_sessions_by_tenant ON connect_sessions (tenant_id);
CREATE INDEX connect_sessions_by_end ON connect_sessions (expires_at);
