-- Webhooks: events, delivered to whoever an operator names.

CREATE TABLE webhooks (
    id              UUID PRIMARY KEY,
    name            TEXT NOT NULL,
    url             TEXT NOT NULL,
    kinds           TEXT NOT NULL,        -- space separated; empty for every kind
    secret          BYTEA NOT NULL,       -- sealed; deliveries are signed with it
    previous_secret BYTEA,                -- sealed; the one before the last rotation
    previous_until  TIMESTAMPTZ,          -- deliveries are signed with that one too until then
    cursor          BIGINT NOT NULL,      -- event_log.seq of the first event that has not been looked at
    checkpoint      BIGINT NOT NULL,      -- size of the last checkpoint that was sent
    failures        BIGINT NOT NULL,     -- deliveries that failed in a row
    rest_until      TIMESTAMPTZ,          -- nothing is sent before
    created_by      TEXT NOT NULL,        -- an actor, as in events
    created_at      TIMESTAMPTZ NOT NULL,
    disabled_at     TIMESTAMPTZ
);
CREATE INDEX webhooks_created ON webhooks (created_at, id);

-- What is to be delivered, and what became of it. The log of events is the queue; a row is made when its turn is near.
CREATE TABLE deliveries (
    id              UUID PRIMARY KEY,
    webhook_id      UUID NOT NULL,
    event_id        UUID NOT NULL,        -- also `webhook-id`: the same at every attempt
    seq             BIGINT NOT NULL,      -- event_log.seq: the order within a subject; -1 for what is no event
    kind            TEXT NOT NULL,
    subject         TEXT NOT NULL,        -- deliveries of one subject go out one after the other
    body            TEXT,                 -- of what is no event
    state           TEXT NOT NULL,        -- pending | delivered | dead
    attempts        BIGINT NOT NULL,
    log             JSONB NOT NULL,       -- the last attempts, the oldest first
    begun_at        TIMESTAMPTZ NOT NULL, -- it is given up so long after
    next_at         TIMESTAMPTZ NOT NULL,
    ended_at        TIMESTAMPTZ
);
CREATE UNIQUE INDEX deliveries_event ON deliveries (webhook_id, event_id);
CREATE INDEX deliveries_pending ON deliveries (webhook_id, seq, id) WHERE state = 'pending';
CREATE INDEX deliveries_due ON deliveries (webhook_id, next_at) WHERE state = 'pending';
CREATE INDEX deliveries_subjects ON deliveries (webhook_id, subject) WHERE state = 'pending';
CREATE INDEX deliveries_listed ON deliveries (webhook_id, begun_at, id);
CREATE INDEX deliveries_dead ON deliveries (webhook_id, begun_at, id) WHERE state = 'dead';
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;
