-- What a device holds. Every column that says something about people is sealed (see seals.py); ids and numbers are not.

-- One value each: who we are, how far the server is, language.
CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- What this device did, in order. A row's bytes, hash and signature never change once written.
CREATE TABLE journal (
    seq        INTEGER PRIMARY KEY,
    op         TEXT    NOT NULL UNIQUE,
    type       TEXT    NOT NULL,
    ent        TEXT,
    bid        TEXT    NOT NULL,
    made_ms    INTEGER NOT NULL,
    size       INTEGER NOT NULL,
    hash       BLOB    NOT NULL,
    sig        TEXT    NOT NULL,
    sealed     BLOB    NOT NULL,
    status     TEXT,
    settled_ms INTEGER,
    seen       INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX journal_settled ON journal (settled_ms) WHERE settled_ms IS NOT NULL;

-- Where the chain ends, kept apart so that forgetting old entries does not lose it; and the hash before the oldest entry.
CREATE TABLE chain (
    one           INTEGER PRIMARY KEY CHECK (one = 1),
    seq           INTEGER NOT NULL,
    hash          BLOB    NOT NULL,
    before_oldest BLOB    NOT NULL
);

-- Journals of identities this device had before it was enrolled anew.
CREATE TABLE past_journal (
    dev    TEXT    NOT NULL,
    seq    INTEGER NOT NULL,
    op     TEXT    NOT NULL,
    hash   BLOB    NOT NULL,
    sig    TEXT    NOT NULL,
    sealed BLOB    NOT NULL,
    PRIMARY KEY (dev, seq)
) WITHOUT ROWID;

-- What our own operations will look like until the server has answered them.
CREATE TABLE overlay (
    op     TEXT NOT NULL,
    entity TEXT NOT NULL,
    pk     TEXT NOT NULL,
    owner  TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (op, entity, pk)
) WITHOUT ROWID;
CREATE INDEX overlay_entity ON overlay (entity, owner);

-- A key for each scope, wrapped by the master key in the vault. Without its row here a scope's data is noise.
CREATE TABLE scope_key (
    scope   TEXT PRIMARY KEY,
    wrapped BLOB NOT NULL
) WITHOUT ROWID;

-- The last complete state the server gave us.
CREATE TABLE base (
    scope  TEXT    NOT NULL,
    entity TEXT    NOT NULL,
    pk     TEXT    NOT NULL,
    rv     INTEGER NOT NULL,
    sealed BLOB    NOT NULL,
    PRIMARY KEY (scope, entity, pk)
) WITHOUT ROWID;
CREATE INDEX base_entity ON base (entity, pk);

-- What has come since, waiting for the state to be complete. sealed NULL: the row is gone.
CREATE TABLE incoming_row (
    scope  TEXT    NOT NULL,
    entity TEXT    NOT NULL,
    pk     TEXT    NOT NULL,
    rv     INTEGER NOT NULL,
    sealed BLOB,
    PRIMARY KEY (scope, entity, pk)
) WITHOUT ROWID;

-- Scopes whose old rows are replaced as a whole (empty = 'clear') or go away with their key (empty = 'drop').
CREATE TABLE incoming_scope (
    scope TEXT PRIMARY KEY,
    fate  TEXT NOT NULL CHECK (fate IN ('clear', 'drop'))
) WITHOUT ROWID;

CREATE TABLE cursor (
    scope TEXT PRIMARY KEY,
    pos   INTEGER NOT NULL,
    tag   TEXT    NOT NULL,
    snap  TEXT,
    proj  INTEGER NOT NULL
) WITHOUT ROWID;

-- The best exchange of each boot: what the server said the time was, and what our boot clock showed before and after.
CREATE TABLE anchor (
    bid       TEXT PRIMARY KEY,
    id        TEXT    NOT NULL,
    server_ms INTEGER NOT NULL,
    sent      INTEGER NOT NULL,
    got       INTEGER NOT NULL
) WITHOUT ROWID;

-- PIN verifiers made on this device, until the server's row carries them.
CREATE TABLE pin_made (
    person TEXT PRIMARY KEY,
    op     TEXT NOT NULL,
    sealed BLOB NOT NULL
) WITHOUT ROWID;

-- Wrong PINs in a row, and the pause they earned. Counted before a PIN is looked at, so that a kill gives no free try.
CREATE TABLE pin_try (
    person    TEXT PRIMARY KEY,
    wrong     INTEGER NOT NULL,
    pause_ms  INTEGER NOT NULL,
    since_ms  INTEGER NOT NULL,
    since_bid TEXT    NOT NULL
) WITHOUT ROWID;

-- Photos on their way: sent piece by piece after the operation that names them is with the server.
CREATE TABLE photo (
    sha    TEXT PRIMARY KEY,
    seq    INTEGER NOT NULL,
    size   INTEGER NOT NULL,
    sent   INTEGER NOT NULL DEFAULT 0,
    done   INTEGER NOT NULL DEFAULT 0,
    sealed BLOB    NOT NULL
) WITHOUT ROWID;
