-- Of a table's indexes only the primary key begins with organization_id. A plan is made once and kept, and on a table that
-- is empty or was never analysed the server holds every index that begins with the same column for equally good: it then
-- reads all rows of the organization where it should have read one. What names a row by itself comes first here, and
-- unique keys still hold organization_id, so the schema distributes as before.

DROP INDEX contacts_id_key;
CREATE UNIQUE INDEX contacts_id_key ON contacts (id, organization_id);

ALTER TABLE conversations DROP CONSTRAINT conversations_organization_id_channel_id_platform_chat_id_key;
ALTER TABLE conversations
    ADD CONSTRAINT conversations_chat_key UNIQUE (channel_id, platform_chat_id, organization_id);

ALTER TABLE messages DROP CONSTRAINT messages_organization_id_id_key;
ALTER TABLE messages ADD CONSTRAINT messages_id_key UNIQUE (id, organization_id);
DROP INDEX messages_turn_idx;
CREATE INDEX messages_turn_idx ON messages (turn_id) WHERE direction = 'outbound';

DROP INDEX turns_id_key;
CREATE UNIQUE INDEX turns_id_key ON turns (id, organization_id);
DROP INDEX turns_agent_idx;
CREATE INDEX turns_agent_idx ON turns (agent_id, queued_at);

DROP INDEX deliveries_order_idx;
CREATE INDEX deliveries_order_idx ON deliveries (conversation_id, sequence) WHERE status = 'pending';
DROP INDEX deliveries_channel_idx;
CREATE INDEX deliveries_channel_idx ON deliveries (channel_id, sequence);
