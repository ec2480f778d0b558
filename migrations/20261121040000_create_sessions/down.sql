UPDATE tokens SET revoked_at = now()
WHERE kind IN ('channel', 'external') AND revoked_at IS NULL AND expires_at IS NOT NULL;
DROP INDEX tokens_single_key;
CREATE UNIQUE INDEX tokens_single_key ON tokens (kind, subject_id)
    WHERE kind IN ('channel', 'external') AND revoked_at IS NULL;
DROP INDEX messages_chat_idx;
ALTER TABLE messages DROP COLUMN chat_id;
DROP TABLE chats, sessions;
ALTER TABLE projects DROP COLUMN primary_agent_id;
DROP INDEX channels_external_key;
