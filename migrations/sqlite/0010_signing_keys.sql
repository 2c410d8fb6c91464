-- Keys that sign what we prove ourselves with at providers. `id` is the public key's RFC 7638 thumbprint. The private key
-- is sealed for the deployment.
CREATE TABLE signing_keys (
    id              TEXT PRIMARY KEY,
    algorithm       TEXT NOT NULL,
    private_key     BLOB NOT NULL,
    created_at      INTEGER NOT NULL,
    signs_from      INTEGER NOT NULL,
    signs_until     INTEGER,
    published_until INTEGER
) STRICT, WITHOUT ROWID;
