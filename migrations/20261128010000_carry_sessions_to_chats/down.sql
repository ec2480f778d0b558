DROP INDEX chats_session_idx;
ALTER TABLE schedules DROP COLUMN chat_id;
ALTER TABLE channels DROP COLUMN navigates;
