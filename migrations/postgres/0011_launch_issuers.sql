-- FHIR servers that may open us from within (SMART App Launch, EHR launch), and whose tenant that is.
CREATE TABLE launch_issuers (
    provider       text COLLATE "C" NOT NULL,
    issuer         text COLLATE "C" NOT NULL,
    tenant_id      text COLLATE "C" NOT NULL,
    integration_id text COLLATE "C" NOT NULL,
    params         text NOT NULL,
    scopes         text NOT NULL,
    PRIMARY KEY (provider, issuer)
);
CREATE INDEX launch_issuers_by_tenant ON launch_issuers (tenant_id);
