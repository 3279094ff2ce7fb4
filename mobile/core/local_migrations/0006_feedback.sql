-- Tickets and voices that are being written, whole at every keystroke; with the photos taken for them.
CREATE TABLE paper (
    id     TEXT PRIMARY KEY,
    kind   TEXT NOT NULL CHECK (kind IN ('ticket', 'voice')),
    owner  TEXT NOT NULL,
    sealed BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX paper_owner ON paper (owner, kind);

CREATE TABLE paper_photo (
    paper  TEXT NOT NULL,
    sha    TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (paper, sha)
);

-- What somebody said without a name: this device alone knows that it was theirs, and holds the secret that opens the answers.
CREATE TABLE own_voice (
    id     TEXT PRIMARY KEY,
    owner  TEXT NOT NULL,
    sealed BLOB NOT NULL
) WITHOUT ROWID;

-- Up to which movement a person has looked at a ticket here. It says nothing about what it is.
CREATE TABLE ticket_seen (
    ticket   TEXT    NOT NULL,
    owner    TEXT    NOT NULL,
    moved_ms INTEGER NOT NULL,
    PRIMARY KEY (ticket, owner)
) WITHOUT ROWID;

-- Photos and attachments that somebody asked to see. size 0: not known before the last piece is there.
CREATE TABLE media_asked (
    sha      TEXT    PRIMARY KEY,
    size     INTEGER NOT NULL,
    asked_ms INTEGER NOT NULL
) WITHOUT ROWID;
