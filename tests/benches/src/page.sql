-- A page of a conversation, the newest first, as JSON: what $1, an organization, has in $2, a conversation of it.
SELECT coalesce(json_agg(json_build_object(
    'id', m.id,
    'text', m.text,
    'direction', m.direction,
    'createdAt', m.created_at,
    'contact', CASE WHEN c.id IS NOT NULL THEN json_build_object('id', c.id, 'displayName', c.display_name) END,
    'turn', CASE WHEN t.id IS NOT NULL THEN json_build_object('id', t.id, 'status', t.status) END
) ORDER BY m.sequence DESC), '[]')::text
FROM (
    SELECT sequence, id, text, direction, created_at, contact_id, turn_id FROM messages
    WHERE organization_id = $1::text::uuid AND conversation_id = $2::text::uuid
    ORDER BY sequence DESC LIMIT 50
) m
LEFT JOIN contacts c ON c.organization_id = $1::text::uuid AND c.id = m.contact_id
LEFT JOIN turns t ON t.organization_id = $1::text::uuid AND t.id = m.turn_id
