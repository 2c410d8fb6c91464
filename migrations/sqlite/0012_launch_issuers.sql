-- FHIR servers that may open us from within (SMART App Launch, EHR launch), and whose tenant that is.
CREATE TABLE launch_issuers (
    provider       TEXT NOT NULL,
    issuer         TEXT NOT NULL,
    tenant_id      TEXT NOT NULL,
    integration_id TEXT NOT NULL,
    params         TEXT NOT NULL,
    scopes         TEXT NOT NULL,
    PRIMARY KEY (provider, issuer)
) STRICT, WITHOUT ROWID;
CREATE INDEX launch_issuers_by_tenant ON launch_issuers (tenant_id);
