DROP INDEX channels_secret_digest_idx, channels_bot_key;
DROP TABLE shown, access_attempts, access_codes, set_aside, channel_cursors;
ALTER TABLE deliveries DROP COLUMN parts_sent;
DROP INDEX conversations_chat_key;
-- Of a chat's conversations only the last keeps its name.
UPDATE conversations SET platform_chat_id = platform_chat_id || '~' || id WHERE ended_at IS NOT NULL;
ALTER TABLE conversations
    ADD CONSTRAINT conversations_chat_key UNIQUE (channel_id, platform_chat_id, organization_id);
ALTER TABLE conversations DROP COLUMN ended_at;
ALTER TABLE contacts DROP COLUMN allowed_at;
