-- The head turns of conversations that this host holds, with all that a run of each needs.
SELECT
    c.organization_id, c.id AS conversation_id, c.channel_id, c.platform_chat_id, c.is_group, c.title, c.fence,
    t.position, t.id AS turn_id, t.agent_id, t.message_id, t.event, t.queued_at, t.attempts,
    t.module_digest,
    ch.kind AS channel_kind,
    m.text, m.content, m.created_at AS sent_at,
    COALESCE(m.chat_id, (t.event #>> '{timer,chat_id}')::uuid) AS chat_id,
    p.id AS contact_id, p.platform_user_id, p.display_name, p.user_id,
    a.version AS agent_version,
    EXISTS (SELECT FROM journal j WHERE j.organization_id = t.organization_id AND j.turn_id = t.id) AS is_journaled
FROM unnest($2::uuid[], $3::uuid[]) AS i (organization_id, conversation_id)
JOIN conversations c ON c.organization_id = i.organization_id AND c.id = i.conversation_id
JOIN turns t ON t.organization_id = c.organization_id AND t.conversation_id = c.id AND t.position = c.completed + 1
JOIN channels ch ON ch.organization_id = c.organization_id AND ch.id = c.channel_id
LEFT JOIN messages m ON m.organization_id = t.organization_id AND m.id = t.message_id
LEFT JOIN contacts p ON p.organization_id = m.organization_id AND p.id = m.contact_id
LEFT JOIN agents a ON a.organization_id = t.organization_id AND a.id = t.agent_id
WHERE c.lease_host = $1
