-- What is known of each connection's health, and when the clock or a look can next tell something new.
--   last_check_at   when a refresh or a look last judged it.
--   next_check_at   when it is to be looked at again, or nothing: only its refresh can tell. A claim moves it into the
--                   future, so that nobody else is offered the connection meanwhile.
--   obtained_at     when a person, or whoever brought it, gave the grant. Refreshes do not change it.
--   dies_at_s       when the grant ends whatever we do: a person must renew it by then. Nothing: not known, or never.
--   renewal_notice  the last of the notices before that which has come due: 14, 7 or 1 days. 0: none has.
ALTER TABLE oauth_tokens ADD COLUMN last_check_at bigint;
ALTER TABLE oauth_tokens ADD COLUMN next_check_at bigint;
ALTER TABLE oauth_tokens ADD COLUMN obtained_at bigint NOT NULL DEFAULT 0;
ALTER TABLE oauth_tokens ADD COLUMN dies_at_s bigint;
ALTER TABLE oauth_tokens ADD COLUMN renewal_notice bigint NOT NULL DEFAULT 0;
-- Each is looked at once within half an hour: that plans its next time.
UPDATE oauth_tokens SET last_check_at = last_refresh, obtained_at = created_at,
    next_check_at = CASE WHEN status <> 'invalid' THEN evergrant_now() + floor(random() * 1800000)::bigint END,
    dies_at_s = CASE WHEN refresh_token IS NULL THEN expires_at_s END;
CREATE INDEX oauth_tokens_checks ON oauth_tokens (next_check_at) WHERE next_check_at IS NOT NULL;
-- Counts by status, those that are about to expire apart, without a look at the rows.
CREATE INDEX oauth_tokens_by_life ON oauth_tokens (status, expires_at_s, lifetime_s);

CREATE OR REPLACE VIEW oauth_integrations AS
SELECT tenant_id, integration_id, provider, status, scopes, to_timestamp(expires_at_s) AS expires_at, last_error,
       failures, to_timestamp(next_try_at / 1000.0) AS next_try_at, to_timestamp(last_refresh / 1000.0) AS last_refresh,
       to_timestamp(created_at / 1000.0) AS created_at, to_timestamp(updated_at / 1000.0) AS updated_at,
       to_timestamp(last_check_at / 1000.0) AS last_check_at, to_timestamp(dies_at_s) AS renew_by
FROM oauth_tokens;
