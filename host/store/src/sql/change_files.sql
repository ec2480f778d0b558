-- Points paths of one workspace at other contents, or at none, and counts. Its row is locked by then, and each path is
-- there once. What a file pointed at before goes, unless a message was sent with it: then it is loose for a while.
WITH changed AS MATERIALIZED (
    SELECT c.path, c.id, c.content_id, c.content_type, n.size
    FROM unnest($3, $4, $5, $6) AS c (path, id, content_id, content_type)
    LEFT JOIN file_contents n ON n.organization_id = $1 AND n.id = c.content_id
), before AS MATERIALIZED (
    SELECT f.path, o.id AS content_id, o.size, o.is_sent
    FROM files f
    JOIN changed c ON c.path = f.path
    JOIN file_contents o ON o.organization_id = f.organization_id AND o.id = f.content_id
    WHERE f.organization_id = $1 AND f.agent_id = $2
), pointed AS (
    INSERT INTO files (organization_id, agent_id, path, id, content_id, content_type)
    SELECT $1, $2, path, id, content_id, content_type
    FROM changed
    WHERE content_id IS NOT NULL
    ON CONFLICT (organization_id, agent_id, path) DO UPDATE
        SET content_id = EXCLUDED.content_id, content_type = EXCLUDED.content_type, updated_at = now()
), taken_away AS (
    DELETE FROM files f
    USING changed c
    WHERE c.content_id IS NULL AND f.organization_id = $1 AND f.agent_id = $2 AND f.path = c.path
), fixed AS (
    UPDATE file_contents n
    SET loose_since = NULL, digest = COALESCE(n.digest, (
        SELECT sha256(COALESCE(string_agg(k.bytes, ''::bytea ORDER BY k.start), ''::bytea))
        FROM file_chunks k
        WHERE k.organization_id = n.organization_id AND k.content_id = n.id
    ))
    FROM changed c
    WHERE n.organization_id = $1 AND n.id = c.content_id
), loosened AS (
    UPDATE file_contents o
    SET loose_since = now()
    FROM before b
    WHERE o.organization_id = $1 AND o.id = b.content_id AND b.is_sent
        AND NOT EXISTS (SELECT FROM changed c WHERE c.content_id = o.id)
    RETURNING o.id
), removed AS (
    DELETE FROM file_contents o
    USING before b
    WHERE o.organization_id = $1 AND o.id = b.content_id AND NOT b.is_sent
        AND NOT EXISTS (SELECT FROM changed c WHERE c.content_id = o.id)
), difference AS (
    SELECT
        (SELECT COALESCE(sum(size), 0) FROM changed) - (SELECT COALESCE(sum(size), 0) FROM before) AS bytes,
        (SELECT count(*) FROM changed WHERE content_id IS NOT NULL) - (SELECT count(*) FROM before) AS files
)
UPDATE workspaces w
SET bytes = w.bytes + d.bytes::bigint, files = w.files + d.files
FROM difference d
WHERE w.organization_id = $1 AND w.agent_id = $2
RETURNING w.bytes, w.files, EXISTS (SELECT FROM loosened) AS outlived
