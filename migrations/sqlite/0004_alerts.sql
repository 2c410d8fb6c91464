-- What was last told of a connection: its row is yet to be told while this differs from status. tell_after: a failing
-- one is looked at again then; it speaks of tell_generation alone.
ALTER TABLE oauth_tokens ADD COLUMN told_status TEXT NOT NULL DEFAULT 'healthy';
ALTER TABLE oauth_tokens ADD COLUMN tell_after INTEGER NOT NULL DEFAULT 0;
ALTER TABLE oauth_tokens ADD COLUMN tell_generation INTEGER NOT NULL DEFAULT 0;
CREATE INDEX oauth_tokens_untold ON oauth_tokens (status, tenant_id, integration_id)
    WHERE status <> told_status AND status <> 'refresh_failed';
CREATE INDEX oauth_tokens_failing_untold ON oauth_tokens (tell_after, tenant_id, integration_id)
    WHERE status = 'refresh_failed' AND told_status <> 'refresh_failed';
CREATE INDEX oauth_tokens_told_failing ON oauth_tokens (provider, tenant_id) WHERE told_status = 'refresh_failed';

-- What people are told. One alert stands for `count` events of one fold_key, while it is collecting.
-- episode: '' is over when told; 'connections' lasts while a connection at the provider is failing; 'condition' lasts
-- while last_at is renewed.
CREATE TABLE alerts (
    id             TEXT PRIMARY KEY,
    fold_key       TEXT NOT NULL,
    rule           TEXT NOT NULL,
    severity       TEXT NOT NULL CHECK (severity IN ('info', 'warning', 'error', 'critical')),
    ends           INTEGER NOT NULL,
    tenant_id      TEXT NOT NULL,
    integration_id TEXT NOT NULL,
    provider       TEXT NOT NULL,
    status         TEXT NOT NULL,
    reason         TEXT NOT NULL,
    names          TEXT NOT NULL,
    count          INTEGER NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('collecting', 'told', 'ended')),
    episode        TEXT NOT NULL CHECK (episode IN ('', 'connections', 'condition')),
    first_at       INTEGER NOT NULL,
    last_at        INTEGER NOT NULL,
    send_at        INTEGER NOT NULL,
    told_at        INTEGER
) STRICT;
CREATE UNIQUE INDEX alerts_collecting ON alerts (fold_key) WHERE state = 'collecting';
CREATE INDEX alerts_to_send ON alerts (send_at) WHERE state = 'collecting';
CREATE INDEX alerts_by_fold ON alerts (fold_key, told_at);
CREATE INDEX alerts_open ON alerts (fold_key) WHERE state <> 'ended' AND episode <> '';
CREATE INDEX alerts_by_time ON alerts (first_at, id);
CREATE INDEX alerts_by_last ON alerts (last_at);

-- An alert on its way through one channel. next_try_at: none when it has arrived or was given up.
CREATE TABLE alert_deliveries (
    alert_id     TEXT NOT NULL,
    channel      TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'given_up')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_try_at  INTEGER,
    delivered_at INTEGER,
    last_error   TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (alert_id, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX alert_deliveries_due ON alert_deliveries (next_try_at) WHERE next_try_at IS NOT NULL;
