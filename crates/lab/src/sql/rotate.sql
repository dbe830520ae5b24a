WITH rotated AS (
    UPDATE grants AS g
    SET generation = g.generation + 1, rotated_at = $4, peer = $9,
        idle_expires_at = LEAST(g.expires_at, $5)
    FROM clients c, users u, resources r, consents a, sessions s
    WHERE g.id = $1 AND g.client_id = $2 AND g.generation = $3 AND g.refreshable
      AND g.revoked_at IS NULL AND g.idle_expires_at > $4 AND g.expires_at > $4
      AND c.id = g.client_id AND c.disabled_at IS NULL AND c.era = g.client_era
      AND u.id = g.user_id AND u.disabled_at IS NULL AND u.era = g.user_era
      AND r.id = g.resource_id AND r.disabled_at IS NULL
      AND a.id = g.consent_id
      AND s.id = g.session_id AND (g.offline OR s.ended_at IS NULL)
    RETURNING g.id, g.client_id, g.user_id, g.resource_id, g.generation
), logged AS (
    INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id,
                        resource_id, grant_id, detail)
    SELECT $6, $4, $7, $8, $9, $10, user_id, client_id, resource_id, id,
           jsonb_build_object('generation', generation)
    FROM rotated
)
SELECT count(*) FROM rotated
