-- Attempts to sign in, counted by all replicas together (threat rows LG-01, LG-20).

-- A bucket that empties at a constant pace. Whose it is cannot be told without a key that is not here.
CREATE TABLE tries (
    digest          BYTEA PRIMARY KEY,    -- of an account in a network, or of a network
    failures        BIGINT NOT NULL,      -- tries that were not given back since it was forgotten
    drained_at      TIMESTAMPTZ NOT NULL  -- when it is empty if nobody tries
);
CREATE INDEX tries_drained ON tries (drained_at);
