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
        $16::uuid[], $17::bigint[], $18::uuid[], $19::uuid[], $20::jsonb[], $21::boolean[]
    ) WITH ORDINALITY AS i (
        organization_id, channel_id, platform_event_id, message_id, turn_id, platform_user_id, display_name, contact_id,
        platform_chat_id, conversation_id, is_group, title, text, content,
        workflow_id, workflow_version, agent_id, team_id, canned, is_answered, ordinal
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
), new_contact AS (
    -- A contact is written when it is new or has another name, not with every message.
    INSERT INTO contacts AS c (organization_id, channel_id, platform_user_id, id, display_name)
    SELECT DISTINCT ON (f.organization_id, f.channel_id, f.platform_user_id)
        f.organization_id, f.channel_id, f.platform_user_id, f.contact_id, f.display_name
    FROM fresh f
    WHERE f.known_id IS NULL OR (f.display_name IS NOT NULL AND f.known_name IS DISTINCT FROM f.display_name)
    ORDER BY f.organization_id, f.channel_id, f.platform_user_id, f.ordinal DESC
    ON CONFLICT (organization_id, channel_id, platform_user_id)
        DO UPDATE SET display_name = COALESCE(EXCLUDED.display_name, c.display_name)
    RETURNING c.organization_id, c.channel_id, c.platform_user_id, c.id, c.display_name, c.user_id
), spoken AS MATERIALIZED (
    SELECT f.ordinal, f.organization_id, f.channel_id, f.platform_chat_id, f.conversation_id, f.message_id, f.turn_id,
        f.is_group, f.title, f.text, f.content, f.answering_id, f.is_answered, f.team_id, f.canned,
        f.canned IS NOT NULL OR f.answering_id IS NOT NULL AS has_turn,
        COALESCE(n.id, f.known_id) AS contact_id,
        COALESCE(n.display_name, f.known_name) AS display_name,
        COALESCE(n.user_id, f.known_user_id) AS user_id
    FROM fresh f
    LEFT JOIN new_contact n ON n.platform_user_id = f.platform_user_id AND n.channel_id = f.channel_id
        AND n.organization_id = f.organization_id
), conversation AS (
    -- A row that is new here has this turn at its head; one that was idle is taken by this host.
    INSERT INTO conversations AS c (
        organization_id, id, channel_id, platform_chat_id, contact_id, is_group, title, enqueued, lease_host, fence,
        held_by, held_kind, held_since
    )
    SELECT
        s.organization_id, s.conversation_id, s.channel_id, s.platform_chat_id,
        CASE WHEN s.is_group THEN NULL ELSE s.contact_id END, s.is_group, s.title,
        CASE WHEN s.has_turn THEN 1 ELSE 0 END,
        CASE WHEN s.has_turn THEN $15::uuid END, 1,
        s.team_id, CASE WHEN s.team_id IS NOT NULL THEN 'team' END, CASE WHEN s.team_id IS NOT NULL THEN now() END
    FROM spoken s
    ORDER BY s.organization_id, s.channel_id, s.platform_chat_id
    ON CONFLICT (organization_id, channel_id, platform_chat_id) WHERE ended_at IS NULL DO UPDATE SET
        title = COALESCE(EXCLUDED.title, c.title),
        last_message_at = now(),
        enqueued = c.enqueued
            + CASE
                WHEN c.held_by IS NULL
                    AND (EXCLUDED.enqueued = 1 OR (c.agent_id IS NOT NULL AND EXCLUDED.held_by IS NULL))
                THEN 1 ELSE 0 END,
        lease_host = CASE
            WHEN c.held_by IS NULL
                AND (EXCLUDED.enqueued = 1 OR (c.agent_id IS NOT NULL AND EXCLUDED.held_by IS NULL))
                AND c.enqueued = c.completed AND $15::uuid IS NOT NULL
            THEN $15::uuid ELSE c.lease_host END,
        fence = CASE
            WHEN c.held_by IS NULL
                AND (EXCLUDED.enqueued = 1 OR (c.agent_id IS NOT NULL AND EXCLUDED.held_by IS NULL))
                AND c.enqueued = c.completed AND $15::uuid IS NOT NULL
            THEN c.fence + 1 ELSE c.fence END,
        held_by = COALESCE(c.held_by, EXCLUDED.held_by),
        held_kind = COALESCE(c.held_kind, EXCLUDED.held_kind),
        held_since = COALESCE(c.held_since, EXCLUDED.held_since)
    RETURNING c.organization_id, c.id, c.channel_id, c.platform_chat_id, c.agent_id, c.title,
        c.enqueued, c.completed, c.lease_host, c.fence,
        -- Held before this message came: what this statement holds, it holds since now.
        c.held_by IS NOT NULL AND c.held_since <> now() AS was_held
), stored AS (
    SELECT r.*, r.has_turn AND r.position = r.completed + 1 AND r.lease_host = $15::uuid AS claimed
    FROM (
        SELECT
            s.ordinal, s.organization_id, s.message_id, s.turn_id, s.text, s.content, s.canned,
            c.id AS conversation_id, c.title, c.enqueued AS position, c.completed, c.lease_host, c.fence,
            s.contact_id, s.display_name, s.user_id,
            CASE WHEN s.is_answered AND NOT c.was_held THEN COALESCE(c.agent_id, s.answering_id) END AS agent_id,
            NOT c.was_held AND (s.has_turn OR (s.is_answered AND c.agent_id IS NOT NULL)) AS has_turn
        FROM spoken s
        JOIN conversation c ON c.platform_chat_id = s.platform_chat_id AND c.channel_id = s.channel_id
            AND c.organization_id = s.organization_id
    ) r
), message AS (
    INSERT INTO messages (organization_id, conversation_id, id, direction, contact_id, turn_id, text, content)
    SELECT organization_id, conversation_id, message_id, 'inbound', contact_id,
        CASE WHEN has_turn THEN turn_id END, text, content
    FROM stored
), turn AS (
    INSERT INTO turns (organization_id, conversation_id, position, id, agent_id, message_id, event)
    SELECT organization_id, conversation_id, position, turn_id, agent_id, message_id, canned
    FROM stored
    WHERE has_turn
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
