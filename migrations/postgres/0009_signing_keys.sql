-- Keys that sign what we prove ourselves with at providers. `id` is the public key's RFC 7638 thumbprint. The private key
-- is sealed for the deployment.
CREATE TABLE signing_keys (
    id              text COLLATE "C" PRIMARY KEY,
    algorithm       text NOT NULL,
    private_key     bytea NOT NULL,
    created_at      bigint NOT NULL,
    signs_from      bigint NOT NULL,
    signs_until     bigint,
    published_until bigint
);
