WITH hit AS (
    UPDATE codes AS k SET redeemed_at = $3
    FROM clients c, users u, resources r, consents a, sessions s
    WHERE k.digest = $1 AND k.client_id = $2 AND k.redeemed_at IS NULL
      AND k.burned_at IS NULL AND k.expires_at > $3
      AND c.id = k.client_id AND c.disabled_at IS NULL AND c.era = k.client_era
      AND u.id = k.user_id AND u.disabled_at IS NULL AND u.era = k.user_era
      AND r.id = k.resource_id AND r.disabled_at IS NULL
      AND a.id = k.consent_id AND (a.expires_at IS NULL OR a.expires_at > $3)
      AND s.id = k.session_id AND s.ended_at IS NULL
    RETURNING k.grant_id, k.client_id, k.user_id, k.session_id, k.consent_id,
              k.resource_id, k.client_era, k.user_era, k.scope, k.auth_time, k.amr,
              a.expires_at AS answer_ends
), granted AS (
    INSERT INTO grants (id, client_id, user_id, session_id, consent_id, resource_id,
                        client_era, user_era, scope, auth_time, amr, refreshable,
                        offline, salt, generation, rotated_at, created_at,
                        idle_expires_at, expires_at, peer, most_expires_at)
    SELECT grant_id, client_id, user_id, session_id, consent_id, resource_id, client_era,
           user_era, scope, auth_time, amr, $4, $5, $6, 0, $3, $3,
           LEAST($7, answer_ends), LEAST($8, answer_ends), $12, $8
    FROM hit
    RETURNING id, client_id, user_id, session_id, resource_id, scope
), logged AS (
    INSERT INTO events (id, at, kind, request_id, peer, actor, user_id, client_id,
                        resource_id, grant_id, detail)
    SELECT $9, $3, $10, $11, $12, $13, user_id, client_id, resource_id, id,
           jsonb_build_object('scope', scope, 'session', session_id)
    FROM granted
)
SELECT count(*) FROM granted
