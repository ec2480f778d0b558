), recorded AS (
    INSERT INTO recordings (organization_id, turn_id, bytes)
    SELECT a.organization_id, a.turn_id, r.bytes
    FROM unnest($26::bigint[], $27::bytea[]) AS r (turn_ordinal, bytes)
    JOIN advanced a ON a.ordinal = r.turn_ordinal
