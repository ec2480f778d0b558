-- An agent's live page. What people say to a project's agents from there is on one channel of that project.
CREATE UNIQUE INDEX channels_console_key ON channels (organization_id, project_id)
    WHERE kind = 'console' AND deleted_at IS NULL;

-- A link that signs one person in and opens the page, once.
CREATE TABLE live_links (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    -- SHA-256 of its secret part, which is shown once.
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    user_id uuid NOT NULL REFERENCES users (id),
    agent_id uuid NOT NULL,
    conversation_id uuid,
    expires_at timestamptz NOT NULL
);
CREATE INDEX live_links_expires_idx ON live_links (expires_at);
