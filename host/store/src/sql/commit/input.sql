-- Ends a batch of turns, at most one a conversation and at most one that touched its agent's own state an agent:
-- each that this host still holds, with all that came of it, or nothing of it at all.
-- The order of locks is: agent, conversation, each sorted, as in receive/store.sql and fire.sql.
WITH input AS MATERIALIZED (
    SELECT *
    FROM unnest(
        $1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::bytea[], $7::timestamptz[],
        $8::bigint[], $9::int[], $10::bigint[], $11::text[], $12::text[], $13::uuid[], $14::uuid[],
        $16::bigint[], $17::boolean[]
    ) WITH ORDINALITY AS i (
        organization_id, conversation_id, position, fence, status, module_digest, started_at,
        guest_micros, host_calls, memory_peak, error_code, error, turn_id, agent_id,
        agent_state_version, agent_state_written, ordinal
    )
), speech AS MATERIALIZED (
    -- What the turns say: replies in their own conversations, and messages of the outbox in others.
    SELECT m.*, i.organization_id, i.agent_id, i.turn_id
    FROM unnest($18::bigint[], $19::uuid[], $20::uuid[], $21::text[], $22::jsonb[], $23::uuid[], $24::uuid[])
        WITH ORDINALITY AS m (turn_ordinal, conversation_id, id, text, content, delivery_id, chat_id, ordinal)
    JOIN input i ON i.ordinal = m.turn_ordinal
