-- Codes that someone is shown on a channel which no one has claimed: whoever owns its agent types one in, and the channel
-- listens to that account from then on. One a chat; kept by a keyed hash, since a code is short.
CREATE TABLE pairing_codes (
    organization_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    platform_chat_id text NOT NULL,
    platform_user_id text NOT NULL,
    -- What the account is called, which becomes the channel's name.
    account text NOT NULL,
    agent_id uuid,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, channel_id, platform_chat_id)
);
CREATE INDEX pairing_codes_hash_idx ON pairing_codes (organization_id, agent_id, hash);

-- How often a code that was wrong was typed in, by a channel that it might have been for and whoever typed it; by the nil
-- user, everyone together.
CREATE TABLE pairing_attempts (
    organization_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    user_id uuid NOT NULL,
    failed integer NOT NULL DEFAULT 1,
    since timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, channel_id, user_id)
);

-- Who is let in, of all that have ever written.
CREATE INDEX contacts_allowed_idx ON contacts (organization_id, channel_id) WHERE allowed_at IS NOT NULL;
