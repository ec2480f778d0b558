-- Two kinds of tables. Small ones are reference tables: looked up by key, copied to every node where the schema
-- is distributed. Those that grow with traffic carry organization_id, first in the primary key and in every
-- unique key, so that they distribute by organization. Hot tables have no foreign keys: their rows are written
-- by statements that have just read the parents, and parents are marked deleted, never removed under them.

CREATE TABLE organizations (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL REFERENCES organizations (id),
    email text NOT NULL,
    name text NOT NULL,
    -- argon2id in PHC form; null until the person has chosen a password.
    password_hash text,
    default_project_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email_key ON users (lower(email));

-- Everything that proves who one is. The token itself is shown once; its SHA-256 is the key.
CREATE TABLE tokens (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    kind text NOT NULL CHECK (kind IN ('personal', 'session', 'sign_in', 'channel')),
    organization_id uuid NOT NULL REFERENCES organizations (id),
    -- The user, or the channel, that it speaks for.
    subject_id uuid NOT NULL,
    -- The first characters, to recognise it in a list.
    prefix text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    used_at timestamptz
);
CREATE INDEX tokens_subject_idx ON tokens (subject_id, kind);

CREATE TABLE projects (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    slug text NOT NULL CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX projects_slug_key ON projects (organization_id, slug) WHERE deleted_at IS NULL;

CREATE TABLE members (
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, project_id, user_id),
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id)
);

CREATE TABLE modules (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    -- SHA-256 of the bytes as they were uploaded.
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    -- The component; where a core module was uploaded, what it was turned into.
    component bytea NOT NULL,
    uploaded_size bigint NOT NULL,
    -- What the inspection found: interface version, exports, imports, capabilities.
    inspection jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, digest)
);

CREATE TABLE agents (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    name text NOT NULL CHECK (name ~ '^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$'),
    module_digest bytea,
    -- Handed to the guest with every event.
    configuration jsonb NOT NULL DEFAULT '{}',
    -- Limits lower than the host's defaults; absent keys mean the default.
    limits jsonb NOT NULL DEFAULT '{}',
    status text NOT NULL DEFAULT 'stopped' CHECK (status IN ('stopped', 'starting', 'running', 'failed')),
    status_reason text,
    -- Grows with every change of module, configuration, limits, grants or status: what hosts cache is keyed by it.
    version bigint NOT NULL DEFAULT 1,
    -- Grows with every commit that changed the agent's own state.
    state_version bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id),
    FOREIGN KEY (organization_id, module_digest) REFERENCES modules (organization_id, digest)
);
CREATE UNIQUE INDEX agents_name_key ON agents (organization_id, project_id, lower(name)) WHERE deleted_at IS NULL;

-- Which module an agent pointed at since when: what it can be rolled back to.
CREATE TABLE agent_modules (
    organization_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    sequence bigint GENERATED ALWAYS AS IDENTITY,
    module_digest bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, agent_id, sequence),
    FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id),
    FOREIGN KEY (organization_id, module_digest) REFERENCES modules (organization_id, digest)
);

CREATE TABLE grants (
    organization_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    capability text NOT NULL,
    -- What the grant is bound to, such as the hosts of `http`.
    terms jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, agent_id, capability),
    FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id)
);

CREATE TABLE channels (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    primary_agent_id uuid,
    access text NOT NULL DEFAULT 'open' CHECK (access IN ('open', 'allow_list', 'paired')),
    status text NOT NULL CHECK (status IN ('disabled', 'awaiting_scan', 'active', 'expired', 'error')),
    status_reason text,
    -- What the kind's driver needs to know and anyone may see; its shape is the driver's.
    configuration jsonb NOT NULL DEFAULT '{}',
    -- What it needs and no one may see: sealed in the vault, bound to this row.
    credential bytea,
    version bigint NOT NULL DEFAULT 1,
    created_by uuid NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id),
    FOREIGN KEY (organization_id, primary_agent_id) REFERENCES agents (organization_id, id)
);
-- A platform's callback names the channel alone.
CREATE UNIQUE INDEX channels_id_key ON channels (id);

-- Processes that serve this database. A conversation's lease is good while its host is alive.
CREATE TABLE hosts (
    id uuid PRIMARY KEY,
    -- The data directory, which one process locks at a time: its next host ends the leases of the one before.
    instance uuid NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    alive_until timestamptz NOT NULL
);

-- From here on: tables that grow with traffic.

CREATE TABLE contacts (
    organization_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    platform_user_id text NOT NULL,
    id uuid NOT NULL,
    display_name text,
    user_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, channel_id, platform_user_id)
);
CREATE UNIQUE INDEX contacts_id_key ON contacts (organization_id, id);

-- A conversation is a queue of turns with its head in the row: turns have positions 1..enqueued, those up to
-- completed are over, the one at completed + 1 runs or waits. Taking a turn, ending it and adding one each change
-- this row alone, so two hosts can never disagree about whose turn it is.
CREATE TABLE conversations (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    channel_id uuid NOT NULL,
    -- The platform's id of the chat.
    platform_chat_id text NOT NULL,
    agent_id uuid,
    -- The one person of a direct chat.
    contact_id uuid,
    is_group boolean NOT NULL DEFAULT false,
    title text,
    -- Set while a person or a team answers in the agent's place.
    held_by uuid,
    enqueued bigint NOT NULL DEFAULT 0,
    completed bigint NOT NULL DEFAULT 0,
    -- The host that runs the turn at completed + 1, and the number that every write of that turn checks.
    lease_host uuid,
    fence bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_message_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, id),
    UNIQUE (organization_id, channel_id, platform_chat_id)
-- No index covers a column that a message changes, and pages keep room: each update stays on its page.
) WITH (fillfactor = 60);

-- One decision per platform event: the first to insert here handles it.
CREATE TABLE inbound_events (
    organization_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    platform_event_id text NOT NULL,
    message_id uuid NOT NULL,
    -- The turn that answers it, if one was queued.
    turn_id uuid NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, channel_id, platform_event_id)
);
CREATE INDEX inbound_events_received_idx ON inbound_events USING brin (received_at);

CREATE TABLE messages (
    organization_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    -- The order of the conversation. Taken under the lock of the conversation's row, so that within a conversation
    -- a higher number is never visible before a lower one: a reader that remembers the last it saw misses nothing.
    sequence bigint GENERATED ALWAYS AS IDENTITY,
    id uuid NOT NULL,
    direction text NOT NULL CHECK (direction IN ('inbound', 'outbound')),
    -- Who spoke: a contact, an agent or a user.
    contact_id uuid,
    agent_id uuid,
    user_id uuid,
    -- The turn that handles it or that said it.
    turn_id uuid,
    text text NOT NULL,
    -- The rest of a message or a reply: attachments, choices, format, structured.
    content jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, conversation_id, sequence),
    UNIQUE (organization_id, id)
);
CREATE INDEX messages_turn_idx ON messages (organization_id, turn_id) WHERE direction = 'outbound';

CREATE TABLE turns (
    organization_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    position bigint NOT NULL,
    id uuid NOT NULL,
    agent_id uuid,
    -- What started it: a message, or else an event as the schedule wrote it.
    message_id uuid,
    event jsonb,
    -- Running is not written here: the conversation's lease says it.
    status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'done', 'failed', 'skipped')),
    attempts smallint NOT NULL DEFAULT 0,
    module_digest bytea,
    queued_at timestamptz NOT NULL DEFAULT now(),
    -- Not before this time: a turn that failed through the host's fault, or whose agent is stopped, waits here.
    ready_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    -- Its trace.
    guest_micros bigint,
    host_calls integer,
    memory_peak bigint,
    error_code text,
    error text,
    PRIMARY KEY (organization_id, conversation_id, position)
);
CREATE UNIQUE INDEX turns_id_key ON turns (organization_id, id);
-- What a runner looks for.
CREATE INDEX turns_queued_idx ON turns (ready_at) WHERE status = 'queued';
CREATE INDEX turns_agent_idx ON turns (organization_id, agent_id, queued_at);

-- An agent's own state has the nil conversation.
CREATE TABLE state (
    organization_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    key text COLLATE "C" NOT NULL,
    value bytea NOT NULL,
    PRIMARY KEY (organization_id, agent_id, conversation_id, key)
);

CREATE TABLE schedules (
    organization_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    name text NOT NULL,
    id uuid NOT NULL,
    due_at timestamptz NOT NULL,
    payload bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, conversation_id, agent_id, name)
);
CREATE INDEX schedules_due_idx ON schedules (due_at);

CREATE TABLE deliveries (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    -- The order within a conversation, taken under the lock of its row.
    sequence bigint GENERATED ALWAYS AS IDENTITY,
    conversation_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    message_id uuid NOT NULL,
    status text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'delivered', 'unknown', 'dead', 'discarded')),
    attempts smallint NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    lease_host uuid,
    fence bigint NOT NULL DEFAULT 0,
    -- What the platform said last: its status and the start of its answer, or what went wrong on the way.
    platform_status integer,
    error text,
    platform_message_id text,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX deliveries_pending_idx ON deliveries (next_attempt_at) WHERE status = 'pending';
CREATE INDEX deliveries_order_idx ON deliveries (organization_id, conversation_id, sequence) WHERE status = 'pending';
CREATE INDEX deliveries_channel_idx ON deliveries (organization_id, channel_id, sequence);

CREATE TABLE agent_log (
    organization_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    id uuid NOT NULL,
    turn_id uuid,
    level text NOT NULL,
    message text NOT NULL,
    fields jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, agent_id, id)
);

-- Long-lived consumers, one at a time: a channel's poller, a sweeper.
CREATE TABLE leases (
    name text PRIMARY KEY,
    host uuid NOT NULL,
    fence bigint NOT NULL DEFAULT 1,
    until timestamptz NOT NULL
);
