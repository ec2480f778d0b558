-- Chats of messaging platforms are sessions, as those of external messages are.

-- Whether people on the channel may go to other projects of whoever made it. It counts only where strangers are not let
-- in, and in direct chats.
ALTER TABLE channels ADD COLUMN navigates boolean NOT NULL DEFAULT false;

-- The thread of a session in which a timer was set: what it leads to is said there.
ALTER TABLE schedules ADD COLUMN chat_id uuid;

-- Chats are listed by their session.
CREATE INDEX chats_session_idx ON chats (conversation_id, id);
