-- What a key may call at providers' APIs: lists of methods and of paths, empty for all.
ALTER TABLE api_keys ADD COLUMN call_methods TEXT NOT NULL DEFAULT '[]';
ALTER TABLE api_keys ADD COLUMN call_paths TEXT NOT NULL DEFAULT '[]';
