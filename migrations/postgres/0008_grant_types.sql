-- How a grant was obtained, and, where the app alone obtains it anew, with which scopes it asks.
ALTER TABLE oauth_tokens ADD COLUMN grant_type text NOT NULL DEFAULT 'authorization_code'
    CHECK (grant_type IN ('authorization_code', 'client_credentials', 'jwt_bearer'));
ALTER TABLE oauth_tokens ADD COLUMN asked_scopes text NOT NULL DEFAULT '[]';
