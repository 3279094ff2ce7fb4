-- The last head of HQ's log that this device was given and could check. It says nothing about people.
CREATE TABLE log_head (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    server_key BLOB    NOT NULL,
    size       INTEGER NOT NULL,
    root       TEXT    NOT NULL,
    epoch      TEXT    NOT NULL,
    at_ms      INTEGER NOT NULL,
    note       TEXT    NOT NULL
);

-- Heads that did not continue the one that was held: both, word for word, and the operation by which HQ was told.
CREATE TABLE log_alarm (
    id        INTEGER PRIMARY KEY,
    code      TEXT    NOT NULL,
    held      TEXT    NOT NULL,
    offered   TEXT    NOT NULL,
    lost      INTEGER NOT NULL,
    at_ms     INTEGER NOT NULL,
    op        TEXT    NOT NULL,
    healed_ms INTEGER
);
