-- Divides oauth_tokens and refresh_intents by tenant: a row's partition is a hash of its tenant_id. For a database whose
-- migrations have run, while no server runs on it:
--
--   PGOPTIONS='-c evergrant.partitions=32' psql --file=partition_by_tenant.sql "$DATABASE_URL"
--
-- Without the setting there are 16. It is done altogether or not at all. Rows are copied: the disk holds them twice
-- meanwhile. Indexes, triggers and the view keep their names, so that later migrations find them; what other roles may do
-- with the tables has to be granted again.
DO $$
DECLARE
    partitions constant integer := coalesce(nullif(current_setting('evergrant.partitions', true), ''), '16');
    name       text;
    old_name   text;
    options    text;
    command    text;
    afterwards text[];  -- what is made again when the rows are in
BEGIN
    LOCK TABLE oauth_tokens, refresh_intents IN ACCESS EXCLUSIVE MODE;
    afterwards := ARRAY['CREATE VIEW oauth_integrations AS ' || pg_get_viewdef('oauth_integrations'::regclass)];
    DROP VIEW oauth_integrations;
    FOREACH name IN ARRAY ARRAY['oauth_tokens', 'refresh_intents'] LOOP
        afterwards := afterwards
            || ARRAY(SELECT format('ALTER TABLE %I ADD CONSTRAINT %I %s', name, conname, pg_get_constraintdef(oid))
                     FROM pg_constraint WHERE conrelid = name::regclass AND contype = 'p')
            || ARRAY(SELECT pg_get_indexdef(indexrelid)
                     FROM pg_index WHERE indrelid = name::regclass AND NOT indisprimary ORDER BY indexrelid)
            || ARRAY(SELECT pg_get_triggerdef(oid)
                     FROM pg_trigger WHERE tgrelid = name::regclass AND NOT tgisinternal ORDER BY oid);
        options := (SELECT array_to_string(reloptions, ', ') FROM pg_class WHERE oid = name::regclass);
        old_name := name || '_undivided';
        EXECUTE format('ALTER TABLE %I RENAME TO %I', name, old_name);
        EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE)'
                       ' PARTITION BY HASH (tenant_id)', name, old_name);
        FOR part IN 0 .. partitions - 1 LOOP
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS %s, REMAINDER %s) WITH (%s)',
                           name || '_' || part, name, partitions, part, options);
        END LOOP;
        EXECUTE format('INSERT INTO %I SELECT * FROM %I', name, old_name);
        EXECUTE format('DROP TABLE %I', old_name);
    END LOOP;
    FOREACH command IN ARRAY afterwards LOOP
        EXECUTE command;
    END LOOP;
END $$;
ANALYZE oauth_tokens, refresh_intents;
