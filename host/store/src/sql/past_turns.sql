-- Turns that are over, with all that running them again takes, and what they said then.
SELECT
    c.organization_id, c.id AS conversation_id, c.channel_id, c.platform_chat_id, c.is_group, c.title, c.fence,
    t.position, t.id AS turn_id, t.agent_id, t.message_id, t.event, t.queued_at, t.attempts,
    ch.kind AS channel_kind,
    m.text, m.content, m.created_at AS sent_at,
    COALESCE(m.chat_id, (t.event #>> '{timer,chat_id}')::uuid) AS chat_id,
    p.id AS contact_id, p.platform_user_id, p.display_name, p.user_id,
    NULL::bigint AS agent_version, false AS is_journaled,
    t.status, t.error_code, t.module_digest, t.host_calls, r.bytes AS recording,
    COALESCE(said.texts, '{}') AS texts, COALESCE(said.contents, '{}') AS contents
FROM turns t
JOIN conversations c ON c.organization_id = t.organization_id AND c.id = t.conversation_id
JOIN channels ch ON ch.organization_id = c.organization_id AND ch.id = c.channel_id
LEFT JOIN messages m ON m.organization_id = t.organization_id AND m.id = t.message_id
LEFT JOIN contacts p ON p.organization_id = m.organization_id AND p.id = m.contact_id
LEFT JOIN recordings r ON r.organization_id = t.organization_id AND r.turn_id = t.id
LEFT JOIN LATERAL (
    SELECT array_agg(s.text ORDER BY s.sequence) AS texts, array_agg(s.content ORDER BY s.sequence) AS contents
    FROM messages s
    WHERE s.organization_id = t.organization_id AND s.turn_id = t.id AND s.direction = 'outbound'
        AND s.conversation_id = t.conversation_id
) AS said ON true
WHERE t.organization_id = $1 AND t.id = ANY ($2) AND t.status <> 'queued'
