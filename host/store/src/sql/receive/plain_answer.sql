)
SELECT
    i.ordinal,
    s.ordinal IS NOT NULL AS fresh,
    i.kind AS channel_kind,
    true AS admitted,
    true AS routed,
    NULL::uuid AS workflow_id, NULL::bigint AS workflow_version,
    COALESCE(s.has_turn, false) AS has_turn,
    s.conversation_id, s.title, s.position, s.fence, s.contact_id, s.display_name, s.user_id, s.agent_id,
    COALESCE(s.claimed, false) AS claimed,
    a.version AS agent_version, COALESCE(a.status = 'running', false) AS agent_runs
FROM admitted i
CROSS JOIN durability
LEFT JOIN stored s ON s.ordinal = i.ordinal
LEFT JOIN agents a ON a.organization_id = s.organization_id AND a.id = s.agent_id
