), unconflicted AS NOT MATERIALIZED (
    -- No turn of the batch read its agent's own state.
    SELECT * FROM input
