-- Who granted access, as the issuer's id_token said it: a JSON object of issuer, subject, email and name; '' where no
-- id_token was asked for. Personal data, which lives and goes with the row.
ALTER TABLE oauth_tokens ADD COLUMN granted_by TEXT NOT NULL DEFAULT '';
-- What waits for a person's yes before it goes on, sealed: a callback, or the grant that came of it.
ALTER TABLE oauth_states ADD COLUMN held BLOB;
