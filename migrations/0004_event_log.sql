-- The order of events, sealed: a Merkle tree (RFC 6962 §2.1) over everything that happened.

-- One leaf for each event, numbered without a gap. Rows are only ever added.
CREATE TABLE event_log (
    seq             BIGINT PRIMARY KEY,   -- 0, 1, 2 …
    event_id        UUID NOT NULL,
    leaf            BYTEA NOT NULL        -- SHA-256 of 0x00 and the event's canonical text
);
CREATE UNIQUE INDEX event_log_event ON event_log (event_id);

-- What the tree was when it had so many leaves. Rows are only ever added.
CREATE TABLE checkpoints (
    size            BIGINT PRIMARY KEY,
    root            BYTEA NOT NULL,
    frontier        BYTEA NOT NULL,       -- roots of the complete subtrees, the largest first: what growing needs
    signed          TEXT NOT NULL,        -- a JWS over issuer, size, root and time
    at              TIMESTAMPTZ NOT NULL
);
