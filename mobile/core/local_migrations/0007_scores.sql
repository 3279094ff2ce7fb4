-- Score cards that are being filled in, whole at every touch.
CREATE TABLE score_paper (
    id     TEXT PRIMARY KEY,
    owner  TEXT NOT NULL,
    sealed BLOB NOT NULL
) WITHOUT ROWID;

-- What each word of a card said when this phone first saw it: a card that says otherwise later was edited, not corrected.
CREATE TABLE score_seal (
    card   TEXT PRIMARY KEY,
    owner  TEXT NOT NULL,
    sealed BLOB NOT NULL
) WITHOUT ROWID;
