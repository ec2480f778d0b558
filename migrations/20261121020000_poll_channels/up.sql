-- Channels that are asked for what was said, who is let in, and messages that go out in parts.

-- Where reading a platform left off, in the words of the channel's driver.
CREATE TABLE channel_cursors (
    organization_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    cursor text NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, channel_id)
);

-- What a platform brought and its driver could not read: reading goes on behind it.
CREATE TABLE set_aside (
    organization_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    id uuid NOT NULL,
    platform_event_id text,
    why text NOT NULL,
    raw text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, channel_id, id)
);

-- Since when a contact may talk on a channel that is not open to anyone.
ALTER TABLE contacts ADD COLUMN allowed_at timestamptz;

-- Codes that let a contact in, once. Kept by their SHA-256.
CREATE TABLE access_codes (
    organization_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    used_by text,
    PRIMARY KEY (organization_id, channel_id, hash)
);

-- How often someone tried a code that was wrong, by contact; by the empty name, everyone on the channel together.
CREATE TABLE access_attempts (
    organization_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    platform_user_id text NOT NULL,
    failed integer NOT NULL DEFAULT 0,
    since timestamptz NOT NULL DEFAULT now(),
    -- When this contact was last told how to get in.
    told_at timestamptz,
    PRIMARY KEY (organization_id, channel_id, platform_user_id)
);

-- A chat that begins anew goes on in another conversation; what was said before stays where it is.
ALTER TABLE conversations ADD COLUMN ended_at timestamptz;
ALTER TABLE conversations DROP CONSTRAINT conversations_chat_key;
CREATE UNIQUE INDEX conversations_chat_key ON conversations (channel_id, platform_chat_id, organization_id)
    WHERE ended_at IS NULL;

-- Parts of a message that its platform has taken: another attempt begins after them.
ALTER TABLE deliveries ADD COLUMN parts_sent integer NOT NULL DEFAULT 0;

-- Messages of a platform that show a turn's answer while it is being written: the answer takes their place.
CREATE TABLE shown (
    organization_id uuid NOT NULL,
    turn_id uuid NOT NULL,
    platform_message_id text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, turn_id)
);

-- A bot has one reader: two would take its messages from each other.
CREATE UNIQUE INDEX channels_bot_key ON channels (kind, (configuration ->> 'bot_id'))
    WHERE deleted_at IS NULL AND configuration ? 'bot_id';
-- A call that names no channel is matched by its secret.
CREATE INDEX channels_secret_digest_idx ON channels (kind, (configuration ->> 'secret_digest'))
    WHERE deleted_at IS NULL AND configuration ? 'secret_digest';
