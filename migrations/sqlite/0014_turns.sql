-- What only one may do at a time, and what it made: writing the customer of one number. A name says nothing of anybody.
CREATE TABLE turns (
    name       TEXT PRIMARY KEY,
    owner      TEXT NOT NULL,
    until      INTEGER NOT NULL,
    record_id  TEXT NOT NULL,
    written_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX turns_by_end ON turns (until);
