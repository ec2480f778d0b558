-- Sessions of external messages: each is a conversation of its organization's one `external` channel, with a state of its
-- own. A chat is a thread of a session, in one project.

CREATE UNIQUE INDEX channels_external_key ON channels (organization_id) WHERE kind = 'external' AND deleted_at IS NULL;

-- Who answers where no channel says it. Without one, the oldest agent that runs does.
ALTER TABLE projects
    ADD COLUMN primary_agent_id uuid,
    ADD FOREIGN KEY (organization_id, primary_agent_id) REFERENCES agents (organization_id, id);

CREATE TABLE sessions (
    organization_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    active_project_id uuid,
    active_chat_id uuid,
    -- Relative to the project, and empty at its root.
    current_path text NOT NULL DEFAULT '',
    -- Grows with every change: who changes it says which version they saw.
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, conversation_id)
);

CREATE TABLE chats (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    project_id uuid NOT NULL,
    -- How it began.
    title text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX chats_conversation_idx ON chats (conversation_id, project_id, id);

ALTER TABLE messages ADD COLUMN chat_id uuid;
CREATE INDEX messages_chat_idx ON messages (chat_id, sequence) WHERE chat_id IS NOT NULL;

-- One that was replaced may be good for a while longer: until its end.
DROP INDEX tokens_single_key;
CREATE UNIQUE INDEX tokens_single_key ON tokens (kind, subject_id)
    WHERE kind IN ('channel', 'external') AND revoked_at IS NULL AND expires_at IS NULL;
