-- Accounts that are connected by scanning a code, and platforms that are answered only for a while.

-- The newest code of a channel, and what has become of it. Whichever host runs it, any host can tell.
CREATE TABLE scans (
    organization_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    -- Names the code: another one takes its place.
    id uuid NOT NULL,
    phase text NOT NULL CHECK (phase IN ('awaiting_scan', 'scanning', 'bound', 'expired')),
    -- The text of the QR code.
    payload text NOT NULL,
    -- What one asks after it with: whoever has that gets the account. Sealed, and gone once the code is over.
    handle bytea,
    -- The platform wants digits that its user reads on the phone; what was typed is here until it has been told.
    needs_digits boolean NOT NULL DEFAULT false,
    digits text,
    -- Why it is over, or what is wrong with the digits.
    reason text,
    -- The account that was connected.
    account text,
    started_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    bound_at timestamptz,
    PRIMARY KEY (organization_id, channel_id)
);
CREATE INDEX scans_open_idx ON scans (channel_id) WHERE phase IN ('awaiting_scan', 'scanning');

-- How far a chat may be answered, on platforms that let one answer for a while and only so often.
CREATE TABLE reply_windows (
    organization_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    platform_chat_id text NOT NULL,
    -- What the platform wants back with an answer: sealed. Null where nobody has spoken yet.
    token bytea,
    opened_at timestamptz NOT NULL,
    -- Grows with each time that someone speaks.
    opening bigint NOT NULL,
    -- Messages that went out since.
    sent integer NOT NULL DEFAULT 0,
    -- Whether the platform takes no more.
    is_closed boolean NOT NULL DEFAULT false,
    PRIMARY KEY (organization_id, channel_id, platform_chat_id)
);

-- A delivery that waits for someone to speak in its chat.
ALTER TABLE deliveries ADD COLUMN waits boolean NOT NULL DEFAULT false;
