-- People who talk over the Channel API have an account from their first message on. Until they set it up or link it to
-- another one, it has no address, and no one can sign in to it but by a link that they were given in their chat.
ALTER TABLE users
    ALTER COLUMN email DROP NOT NULL,
    ADD CONSTRAINT users_password_check CHECK (email IS NOT NULL OR password_hash IS NULL),
    -- Whoever may talk on a channel is no member of the organization by that.
    DROP CONSTRAINT users_organization_role_check,
    ADD CONSTRAINT users_organization_role_check CHECK (organization_role IN ('owner', 'member', 'guest'));

ALTER TABLE contacts
    -- Who has logged out says nothing to an agent before they log in again.
    ADD COLUMN signed_out_at timestamptz,
    -- Whether what they say is taken for commands where it can be.
    ADD COLUMN is_yolo boolean NOT NULL DEFAULT false;
CREATE INDEX contacts_user_idx ON contacts (user_id) WHERE user_id IS NOT NULL;

-- An agent that someone made for themselves: its name is unique among theirs, and not in the project where it lives.
ALTER TABLE agents ADD COLUMN owner_id uuid REFERENCES users (id);
DROP INDEX agents_name_key;
CREATE UNIQUE INDEX agents_name_key ON agents (organization_id, project_id, lower(name))
    WHERE deleted_at IS NULL AND owner_id IS NULL;
CREATE UNIQUE INDEX agents_own_name_key ON agents (owner_id, lower(name), organization_id)
    WHERE deleted_at IS NULL AND owner_id IS NOT NULL;

-- Up to which turn no notices go out that an agent is at work.
ALTER TABLE conversations ADD COLUMN muted_up_to bigint NOT NULL DEFAULT 0;

-- What an account has used of what is free.
CREATE TABLE allowances (
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    prompts bigint NOT NULL DEFAULT 0,
    calls bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (organization_id, user_id)
);

-- A group of a messaging product. It has a row once there is something to know of it.
CREATE TABLE groups (
    organization_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    platform_chat_id text NOT NULL,
    -- Who answers those who have named no one.
    agent_id uuid,
    -- Of the members as they were told last.
    members_digest bytea,
    PRIMARY KEY (organization_id, channel_id, platform_chat_id)
);

-- Its members, as far as they are known: told by the product, or heard naming someone. They need not be contacts yet.
CREATE TABLE group_members (
    organization_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    platform_chat_id text NOT NULL,
    platform_user_id text NOT NULL,
    -- Whom they named last: the host itself, an agent, or no one.
    is_with_host boolean NOT NULL DEFAULT false,
    agent_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, channel_id, platform_chat_id, platform_user_id)
);

-- An agent that its owner lets the members of a group talk to.
CREATE TABLE shares (
    organization_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    platform_chat_id text NOT NULL,
    agent_id uuid NOT NULL,
    shared_by uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, channel_id, platform_chat_id, agent_id)
);
CREATE INDEX shares_agent_idx ON shares (agent_id);

-- A command with an id, which runs once: whoever inserts here runs it, and everyone is told what it answered.
CREATE TABLE commands (
    organization_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    platform_event_id text NOT NULL,
    -- The host that runs it. Where that one dies, another does.
    host_id uuid NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    -- Sealed: it may have a link that signs in.
    answer bytea,
    PRIMARY KEY (organization_id, channel_id, platform_event_id)
);
CREATE INDEX commands_started_idx ON commands USING brin (started_at);
