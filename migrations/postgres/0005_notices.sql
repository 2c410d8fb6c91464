-- The last notice before the end of a grant that was told. It goes from 14 over 7 to 1, as renewal_notice does, and back to
-- 0 only with a new grant, or with a refresh that puts the end off: a notice is yet to be told while it is nearer.
ALTER TABLE oauth_tokens ADD COLUMN told_notice bigint NOT NULL DEFAULT 0;
-- When a refresh last put the end off: the provider renews the life with each refresh. What was over of it by then, such as
-- the last day of a life of hours, is no notice.
ALTER TABLE oauth_tokens ADD COLUMN dies_moved_at bigint NOT NULL DEFAULT 0;
CREATE INDEX oauth_tokens_untold_notices ON oauth_tokens (renewal_notice, tenant_id, integration_id)
    WHERE renewal_notice <> 0 AND status <> 'invalid' AND (told_notice = 0 OR renewal_notice < told_notice);
