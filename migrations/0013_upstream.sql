-- People as other providers know them.

CREATE TABLE identities (
    id              UUID PRIMARY KEY,
    user_id         UUID NOT NULL REFERENCES users (id),
    issuer          TEXT NOT NULL,        -- issuer and subject are who somebody is there; an address never is
    subject         TEXT NOT NULL,
    label           TEXT,                 -- what the provider called them when it was connected
    created_at      TIMESTAMPTZ NOT NULL,
    last_used_at    TIMESTAMPTZ
);
CREATE UNIQUE INDEX identities_subject ON identities (issuer, subject);
CREATE INDEX identities_user ON identities (user_id, id);
