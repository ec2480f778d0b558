-- What lists of many parents at a time are read by. Each covers columns that never change, so that updates of a
-- conversation stay on its page, and begins with what names the rows by itself.
CREATE INDEX contacts_channel_idx ON contacts (channel_id, id);
CREATE INDEX conversations_channel_idx ON conversations (channel_id, id);
CREATE INDEX schedules_agent_idx ON schedules (agent_id, id);
