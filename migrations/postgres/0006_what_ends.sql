-- In which alert people were last told of a connection's status, and of its grant's end: '' if in none that lasts. What
-- an alert opened elsewhere, such as an incident, is closed when no connection names the alert any more.
ALTER TABLE oauth_tokens ADD COLUMN told_alert text COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE oauth_tokens ADD COLUMN notice_alert text COLLATE "C" NOT NULL DEFAULT '';
CREATE INDEX oauth_tokens_told_alert ON oauth_tokens (told_alert) WHERE told_alert <> '';
CREATE INDEX oauth_tokens_notice_alert ON oauth_tokens (notice_alert) WHERE notice_alert <> '';

-- Alerts that a connection has left, once for each that did, until somebody has looked whether it was the last. Nothing
-- in it is unique, so that nobody waits for another who writes here.
CREATE TABLE alerts_left (alert_id text COLLATE "C" NOT NULL);
-- What people know of connections that are gone: one that is authorized again is told of as recovered.
CREATE TABLE told_of_removed (
    tenant_id      text COLLATE "C" NOT NULL,
    integration_id text COLLATE "C" NOT NULL,
    told_status    text NOT NULL,
    removed_at     bigint NOT NULL,
    PRIMARY KEY (tenant_id, integration_id)
);
CREATE INDEX told_of_removed_by_time ON told_of_removed (removed_at);

-- Triggers, since a row goes in more ways than one.
CREATE FUNCTION told_alert_left() RETURNS trigger LANGUAGE plpgsql AS '
BEGIN
    INSERT INTO alerts_left VALUES (old.told_alert);
    RETURN NULL;
END';
CREATE TRIGGER told_alert_left AFTER UPDATE OF told_alert ON oauth_tokens FOR EACH ROW
    WHEN (old.told_alert <> '' AND old.told_alert <> new.told_alert) EXECUTE FUNCTION told_alert_left();
CREATE FUNCTION notice_alert_left() RETURNS trigger LANGUAGE plpgsql AS '
BEGIN
    INSERT INTO alerts_left VALUES (old.notice_alert);
    RETURN NULL;
END';
CREATE TRIGGER notice_alert_left AFTER UPDATE OF notice_alert ON oauth_tokens FOR EACH ROW
    WHEN (old.notice_alert <> '' AND old.notice_alert <> new.notice_alert) EXECUTE FUNCTION notice_alert_left();
CREATE FUNCTION told_connection_removed() RETURNS trigger LANGUAGE plpgsql AS '
BEGIN
    INSERT INTO alerts_left SELECT id FROM unnest(ARRAY[old.told_alert, old.notice_alert]) AS id WHERE id <> '''';
    IF old.told_status <> ''healthy'' THEN
        INSERT INTO told_of_removed VALUES (old.tenant_id, old.integration_id, old.told_status, evergrant_now())
            ON CONFLICT (tenant_id, integration_id)
            DO UPDATE SET told_status = excluded.told_status, removed_at = excluded.removed_at;
    END IF;
    RETURN NULL;
END';
CREATE TRIGGER told_connection_removed AFTER DELETE ON oauth_tokens FOR EACH ROW
    WHEN (old.told_status <> 'healthy' OR old.told_alert <> '' OR old.notice_alert <> '')
    EXECUTE FUNCTION told_connection_removed();
CREATE FUNCTION told_connection_back() RETURNS trigger LANGUAGE plpgsql AS '
DECLARE
    told text;
BEGIN
    DELETE FROM told_of_removed r WHERE r.tenant_id = new.tenant_id AND r.integration_id = new.integration_id
        RETURNING r.told_status INTO told;
    IF told IS NOT NULL THEN
        UPDATE oauth_tokens SET told_status = told
            WHERE tenant_id = new.tenant_id AND integration_id = new.integration_id;
    END IF;
    RETURN NULL;
END';
CREATE TRIGGER told_connection_back AFTER INSERT ON oauth_tokens FOR EACH ROW EXECUTE FUNCTION told_connection_back();

-- Which connections of a provider are looked at not at all, or not soon: its entry may have gained a probe since.
CREATE INDEX oauth_tokens_plans ON oauth_tokens (provider, next_check_at) WHERE status <> 'invalid';
