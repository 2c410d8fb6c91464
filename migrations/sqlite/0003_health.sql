-- What is known of each connection's health, and when the clock or a look can next tell something new.
--   last_check_at   when a refresh or a look last judged it.
--   next_check_at   when it is to be looked at again; nothing: only its refresh can tell. A claim moves it into the
--                   future, so that nobody else is offered the connection meanwhile.
--   obtained_at     when a person, or whoever brought it, gave the grant. Refreshes do not change it.
--   dies_at_s       when the grant ends whatever we do: a person must renew it by then. Nothing: not known, or never.
--   renewal_notice  the last of the notices before that which has come due: 14, 7 or 1 days. 0: none has.
-- The table is written anew, because its sealed columns stand last: lists never read the pages they overflow to.
ALTER TABLE oauth_tokens RENAME TO oauth_tokens_of_before;
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
    last_check_at  INTEGER,
    next_check_at  INTEGER,
    obtained_at    INTEGER NOT NULL DEFAULT 0,
    dies_at_s      INTEGER,
    renewal_notice INTEGER NOT NULL DEFAULT 0,
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
-- Each is looked at once within half an hour: that plans its next time.
INSERT INTO oauth_tokens (tenant_id, integration_id, provider, status, generation, scopes, expires_at_s, last_error,
                          failures, next_try_at, last_refresh, last_check_at, next_check_at, obtained_at, dies_at_s,
                          created_at, updated_at, params, token_type, lifetime_s, access_token, refresh_token, metadata)
SELECT tenant_id, integration_id, provider, status, generation, scopes, expires_at_s, last_error, failures, next_try_at,
       last_refresh, last_refresh,
       CASE WHEN status <> 'invalid' THEN (unixepoch() + abs(random() % 1800)) * 1000 END,
       created_at, CASE WHEN refresh_token IS NULL THEN expires_at_s END,
       created_at, updated_at, params, token_type, lifetime_s, access_token, refresh_token, metadata
FROM oauth_tokens_of_before;
DROP TABLE oauth_tokens_of_before;
CREATE INDEX oauth_tokens_by_provider ON oauth_tokens (provider, tenant_id, integration_id);
CREATE INDEX oauth_tokens_by_status ON oauth_tokens (status, tenant_id, integration_id);
CREATE INDEX oauth_tokens_due ON oauth_tokens (next_try_at, tenant_id, integration_id) WHERE next_try_at IS NOT NULL;
CREATE INDEX oauth_tokens_checks ON oauth_tokens (next_check_at, tenant_id, integration_id)
    WHERE next_check_at IS NOT NULL;
-- Counts by status, those that are about to expire apart, without a look at the rows.
CREATE INDEX oauth_tokens_by_life ON oauth_tokens (status, expires_at_s, lifetime_s);
