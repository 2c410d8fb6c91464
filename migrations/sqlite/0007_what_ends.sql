-- In which alert people were last told of a connection's status, and of its grant's end: '' if in none that lasts. What
-- an alert opened elsewhere, such as an incident, is closed when no connection names the alert any more.
ALTER TABLE oauth_tokens ADD COLUMN told_alert TEXT NOT NULL DEFAULT '';
ALTER TABLE oauth_tokens ADD COLUMN notice_alert TEXT NOT NULL DEFAULT '';
CREATE INDEX oauth_tokens_told_alert ON oauth_tokens (told_alert) WHERE told_alert <> '';
CREATE INDEX oauth_tokens_notice_alert ON oauth_tokens (notice_alert) WHERE notice_alert <> '';

-- Alerts that a connection has left, once for each that did, until somebody has looked whether it was the last.
CREATE TABLE alerts_left (alert_id TEXT NOT NULL) STRICT;
-- What people know of connections that are gone: one that is authorized again is told of as recovered.
CREATE TABLE told_of_removed (
    tenant_id      TEXT NOT NULL,
    integration_id TEXT NOT NULL,
    told_status    TEXT NOT NULL,
    removed_at     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, integration_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX told_of_removed_by_time ON told_of_removed (removed_at);

-- Triggers, since a row goes in more ways than one.
CREATE TRIGGER told_alert_left AFTER UPDATE OF told_alert ON oauth_tokens
    WHEN old.told_alert <> '' AND old.told_alert <> new.told_alert
BEGIN
    INSERT INTO alerts_left VALUES (old.told_alert);
END;
CREATE TRIGGER notice_alert_left AFTER UPDATE OF notice_alert ON oauth_tokens
    WHEN old.notice_alert <> '' AND old.notice_alert <> new.notice_alert
BEGIN
    INSERT INTO alerts_left VALUES (old.notice_alert);
END;
CREATE TRIGGER told_connection_removed AFTER DELETE ON oauth_tokens
    WHEN old.told_status <> 'healthy' OR old.told_alert <> '' OR old.notice_alert <> ''
BEGIN
    INSERT INTO alerts_left SELECT old.told_alert WHERE old.told_alert <> '';
    INSERT INTO alerts_left SELECT old.notice_alert WHERE old.notice_alert <> '';
    INSERT OR REPLACE INTO told_of_removed
        SELECT old.tenant_id, old.integration_id, old.told_status, unixepoch() * 1000
        WHERE old.told_status <> 'healthy';
END;
CREATE TRIGGER told_connection_back AFTER INSERT ON oauth_tokens
    WHEN EXISTS (SELECT 1 FROM told_of_removed r WHERE r.tenant_id = new.tenant_id AND r.integration_id = new.integration_id)
BEGIN
    UPDATE oauth_tokens SET told_status = (SELECT r.told_status FROM told_of_removed r
        WHERE r.tenant_id = new.tenant_id AND r.integration_id = new.integration_id)
        WHERE tenant_id = new.tenant_id AND integration_id = new.integration_id;
    DELETE FROM told_of_removed WHERE tenant_id = new.tenant_id AND integration_id = new.integration_id;
END;

-- Which connections of a provider are looked at not at all, or not soon: its entry may have gained a probe since.
CREATE INDEX oauth_tokens_plans ON oauth_tokens (provider, next_check_at) WHERE status <> 'invalid';
