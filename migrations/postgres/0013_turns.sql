-- What only one may do at a time, and what it made: writing the customer of one number. A name says nothing of anybody.
CREATE TABLE turns (
    name       text COLLATE "C" PRIMARY KEY,
    owner      text COLLATE "C" NOT NULL,
    until      bigint NOT NULL,
    record_id  text NOT NULL,
    written_at bigint NOT NULL
);
CREATE INDEX turns_by_end ON turns (until);
