-- Attempts that go on, those handed in whose questions are kept to be looked at again, and a daily question not yet rated.
CREATE TABLE draft (
    id     TEXT PRIMARY KEY,
    kind   TEXT NOT NULL CHECK (kind IN ('running', 'taken', 'review')),
    owner  TEXT NOT NULL,
    sealed BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX draft_owner ON draft (owner, kind);

-- Answers of an attempt, each on the disk when the screen shows it as given.
CREATE TABLE draft_answer (
    draft    TEXT NOT NULL,
    question TEXT NOT NULL,
    sealed   BLOB NOT NULL,
    PRIMARY KEY (draft, question)
) WITHOUT ROWID;

-- Pictures of courses. place: in which order they are fetched; below nothing it is not fetched. failed: how often its bytes were wrong.
CREATE TABLE media (
    sha      TEXT PRIMARY KEY,
    size     INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    got      INTEGER NOT NULL DEFAULT 0,
    done     INTEGER NOT NULL DEFAULT 0,
    failed   INTEGER NOT NULL DEFAULT 0,
    shown_ms INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE media_piece (
    sha    TEXT    NOT NULL,
    start  INTEGER NOT NULL,
    sealed BLOB    NOT NULL,
    PRIMARY KEY (sha, start)
);
