-- Stores a batch of inbound messages, at most one a conversation, and queues their turns.
-- The order of locks is: event, contact, conversation, each sorted by its key, so that batches of any number of hosts
-- wait for each other and never in a circle.
-- Where a channel has a workflow, a message says by which version of it it was routed, and what came of that; one that
-- was routed by another or by none is left alone, and its row says by which it has to be. One of someone who is not let
-- in is left alone as well.
WITH durability AS MATERIALIZED (
    -- For this transaction alone.
    SELECT set_config(
        'synchronous_commit', CASE WHEN $22 THEN current_setting('synchronous_commit') ELSE 'off' END, true
    )
), input AS MATERIALIZED (
    SELECT *
    FROM unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::uuid[],
        $9::text[], $10::uuid[], $11::boolean[], $12::text[], $13::text[], $14::jsonb[],
        $16::uuid[], $17::bigint[], $18::uuid[], $19::uuid[], $20::jsonb[], $21::boolean[], $23::uuid[]
    ) WITH ORDINALITY AS i (
        organization_id, channel_id, platform_event_id, message_id, turn_id, platform_user_id, display_name, contact_id,
        platform_chat_id, conversation_id, is_group, title, text, content,
        workflow_id, workflow_version, agent_id, team_id, canned, is_answered, chat_id, ordinal
    )
), channel AS MATERIALIZED (
    SELECT c.organization_id, c.id, c.primary_agent_id, c.kind, c.access,
        w.id AS workflow_id, w.version AS workflow_version
    FROM channels c
    LEFT JOIN workflows w ON w.organization_id = c.organization_id AND w.id = c.workflow_id AND w.deleted_at IS NULL
    WHERE c.deleted_at IS NULL AND c.status <> 'disabled'
        AND (c.organization_id, c.id) IN (SELECT organization_id, channel_id FROM input)
), admitted AS MATERIALIZED (
    -- On a channel that is not open, those who were let in.
    SELECT i.*, ch.primary_agent_id
    FROM input i
    JOIN channel ch ON ch.organization_id = i.organization_id AND ch.id = i.channel_id
        AND ch.workflow_id IS NOT DISTINCT FROM i.workflow_id
        AND ch.workflow_version IS NOT DISTINCT FROM i.workflow_version
    WHERE ch.access = 'open' OR (
        SELECT k.allowed_at IS NOT NULL
        FROM contacts k
        WHERE k.organization_id = i.organization_id AND k.channel_id = i.channel_id
            AND k.platform_user_id = i.platform_user_id
    )
), first_event AS (
    INSERT INTO inbound_events (organization_id, channel_id, platform_event_id, message_id, turn_id)
    SELECT i.organization_id, i.channel_id, i.platform_event_id, i.message_id, i.turn_id
    FROM admitted i
    WHERE i.platform_event_id IS NOT NULL
    ORDER BY i.organization_id, i.channel_id, i.platform_event_id
    ON CONFLICT DO NOTHING
    RETURNING message_id
), fresh AS MATERIALIZED (
    -- With the contact, where it is known. A row is found here by its ordinal from now on: joining the parts of a batch
    -- by their keys again and again costs more than all the writing.
    SELECT i.*, CASE WHEN i.is_answered THEN COALESCE(i.agent_id, i.primary_agent_id) END AS answering_id,
        k.id AS known_id, k.display_name AS known_name, k.user_id AS known_user_id
    FROM admitted i
    LEFT JOIN contacts k ON k.organization_id = i.organization_id AND k.channel_id = i.channel_id
        AND k.platform_user_id = i.platform_user_id
    WHERE i.platform_event_id IS NULL OR i.message_id IN (SELECT message_id FROM first_event)
