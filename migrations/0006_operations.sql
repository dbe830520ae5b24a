-- What operators look for and change while the server runs.

CREATE INDEX sessions_user_id ON sessions (user_id, id);
CREATE INDEX grants_resource ON grants (resource_id, id);

-- What overrides the configuration file, as one row: a change is of what was read, and replicas read one row.
CREATE TABLE settings (
    name            TEXT PRIMARY KEY,     -- `server`
    chosen          JSONB NOT NULL,       -- by the names of the configuration file
    version         BIGINT NOT NULL,      -- one more with every change
    changed_at      TIMESTAMPTZ NOT NULL,
    changed_by      TEXT NOT NULL         -- an actor, as in events
);
