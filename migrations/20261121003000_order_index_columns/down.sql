DROP INDEX contacts_id_key;
CREATE UNIQUE INDEX contacts_id_key ON contacts (organization_id, id);

ALTER TABLE conversations DROP CONSTRAINT conversations_chat_key;
ALTER TABLE conversations ADD CONSTRAINT conversations_organization_id_channel_id_platform_chat_id_key
    UNIQUE (organization_id, channel_id, platform_chat_id);

ALTER TABLE messages DROP CONSTRAINT messages_id_key;
ALTER TABLE messages ADD CONSTRAINT messages_organization_id_id_key UNIQUE (organization_id, id);
DROP INDEX messages_turn_idx;
CREATE INDEX messages_turn_idx ON messages (organization_id, turn_id) WHERE direction = 'outbound';

DROP INDEX turns_id_key;
CREATE UNIQUE INDEX turns_id_key ON turns (organization_id, id);
DROP INDEX turns_agent_idx;
CREATE INDEX turns_agent_idx ON turns (organization_id, agent_id, queued_at);

DROP INDEX deliveries_order_idx;
CREATE INDEX deliveries_order_idx ON deliveries (organization_id, conversation_id, sequence) WHERE status = 'pending';
DROP INDEX deliveries_channel_idx;
CREATE INDEX deliveries_channel_idx ON deliveries (organization_id, channel_id, sequence);
