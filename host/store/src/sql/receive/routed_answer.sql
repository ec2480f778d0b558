)
SELECT
    i.ordinal,
    s.ordinal IS NOT NULL AS fresh,
    ch.kind AS channel_kind,
    COALESCE(ch.access = 'open' OR i.ordinal IN (SELECT ordinal FROM admitted), false) AS admitted,
    ch.workflow_id IS NOT DISTINCT FROM i.workflow_id
        AND ch.workflow_version IS NOT DISTINCT FROM i.workflow_version AS routed,
    ch.workflow_id, ch.workflow_version,
    COALESCE(s.has_turn, false) AS has_turn,
    s.conversation_id, s.title, s.position, s.fence, s.contact_id, s.display_name, s.user_id, s.agent_id,
    COALESCE(s.claimed, false) AS claimed,
    a.version AS agent_version, COALESCE(a.status = 'running', false) AS agent_runs
FROM input i
CROSS JOIN durability
LEFT JOIN channel ch ON ch.organization_id = i.organization_id AND ch.id = i.channel_id
LEFT JOIN stored s ON s.ordinal = i.ordinal
LEFT JOIN agents a ON a.organization_id = s.organization_id AND a.id = s.agent_id
