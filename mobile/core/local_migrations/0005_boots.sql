-- How long each boot of this device is known to have lasted. It says nothing about people.
CREATE TABLE boot_seen (
    bid   TEXT    PRIMARY KEY,
    nr    INTEGER NOT NULL UNIQUE,
    until INTEGER NOT NULL
);
