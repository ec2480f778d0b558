), locked_agent AS MATERIALIZED (
    SELECT a.organization_id, a.id, i.ordinal
    FROM agents a
    JOIN input i ON i.organization_id = a.organization_id AND i.agent_id = a.id
    WHERE i.agent_state_written AND a.state_version = i.agent_state_version
    ORDER BY a.organization_id, a.id
    FOR UPDATE OF a
), agent_advanced AS (
    UPDATE agents a
    SET state_version = a.state_version + 1
    FROM locked_agent l
    WHERE a.organization_id = l.organization_id AND a.id = l.id
    RETURNING l.ordinal
), unconflicted AS MATERIALIZED (
    -- Whose reads of its agent's own state still hold.
    SELECT i.*
    FROM input i
    WHERE i.agent_state_version IS NULL
        OR i.ordinal IN (SELECT ordinal FROM agent_advanced)
        OR (NOT i.agent_state_written AND EXISTS (
            SELECT FROM agents a
            WHERE a.organization_id = i.organization_id AND a.id = i.agent_id
                AND a.state_version = i.agent_state_version
        ))
