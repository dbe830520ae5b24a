-- The master key can be replaced: one is in use, those before it are retired (docs/decisions/0030).
ALTER TABLE master_keys ADD COLUMN retired_at TIMESTAMPTZ;

-- A key that wraps nothing beside one that wraps something was tried with a new database and never used.
UPDATE master_keys SET retired_at = created_at
WHERE fingerprint NOT IN (SELECT master_key FROM data_keys) AND EXISTS (SELECT 1 FROM data_keys);

-- One is in use. Whoever makes a data key locks its row, and so does whoever replaces it.
CREATE UNIQUE INDEX master_keys_in_use ON master_keys ((retired_at IS NULL)) WHERE retired_at IS NULL;
