-- Photos of extra proofs. They never leave this tablet: only their hash travels. Thrown away when their days are over.
CREATE TABLE kept_photo (
    sha      TEXT    PRIMARY KEY,
    until_ms INTEGER NOT NULL,
    sealed   BLOB    NOT NULL
);
