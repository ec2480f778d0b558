), recorded AS (
    -- A turn that ends twice ended the first time.
    INSERT INTO recordings (organization_id, turn_id, bytes)
    SELECT a.organization_id, a.turn_id, r.bytes
    FROM unnest($25::bigint[], $26::bytea[]) AS r (turn_ordinal, bytes)
    JOIN advanced a ON a.ordinal = r.turn_ordinal
    ON CONFLICT (organization_id, turn_id) DO NOTHING
