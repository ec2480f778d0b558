-- A set of tools that a project has enabled for its agents: a module, one of the host's own, or a server that speaks MCP.
CREATE TABLE toolsets (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    -- The names of its tools begin with it.
    name text COLLATE "C" NOT NULL CHECK (name ~ '^[a-z0-9]+(_[a-z0-9]+)*$' AND octet_length(name) <= 24),
    kind text NOT NULL CHECK (kind IN ('module', 'builtin', 'server')),
    -- Of a module, and of one of the host's own.
    module_digest bytea,
    -- Of a server: its address, and the header that it is asked with, whose value is sealed in the vault, bound to this row.
    url text,
    header text,
    header_value bytea,
    -- What a module shares with the agent that calls it, as far as that one was granted it.
    capabilities text[] NOT NULL DEFAULT '{}',
    -- Its tools before whose calls a person is asked, by their own names; `*` is all of them.
    approvals text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id),
    FOREIGN KEY (organization_id, module_digest) REFERENCES modules (organization_id, digest),
    CHECK (CASE kind WHEN 'module' THEN module_digest IS NOT NULL WHEN 'server' THEN url IS NOT NULL ELSE true END),
    CHECK ((header IS NULL) = (header_value IS NULL))
);
CREATE UNIQUE INDEX toolsets_name_key ON toolsets (organization_id, project_id, name);
CREATE INDEX toolsets_project_idx ON toolsets (organization_id, project_id, id);
-- Sealing anew goes over the toolsets of every organization.
CREATE INDEX toolsets_id_idx ON toolsets (id);

-- What a turn asked of tools, by the place of the call in the turn. One that was answered is not asked again when the turn is
-- run again; one before which a person is asked waits here for what they say.
CREATE TABLE tool_calls (
    organization_id uuid NOT NULL,
    turn_id uuid NOT NULL,
    call integer NOT NULL,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    project_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    -- The tool, as agents name it; none is the question which ones there are.
    name text,
    -- JSON, as the agent wrote it.
    arguments text,
    -- The digest of what was asked: something else in the same place is asked anew.
    request bytea NOT NULL,
    status text NOT NULL CHECK (status IN ('asked', 'approved', 'declined', 'answered')),
    -- JSON; a text of it may have what jsonb refuses.
    answer bytea,
    -- Until when a person may say whether it may be called.
    expires_at timestamptz,
    -- Who said so: a user, or a contact in the chat; neither is nobody in time.
    decided_at timestamptz,
    decided_by uuid,
    decided_by_contact uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, turn_id, call),
    CHECK ((status = 'answered') = (answer IS NOT NULL))
);
CREATE UNIQUE INDEX tool_calls_id_key ON tool_calls (organization_id, id);
CREATE INDEX tool_calls_created_at_idx ON tool_calls (created_at);
-- Those that wait for someone, or for their turn to be run again.
CREATE INDEX tool_calls_open_idx ON tool_calls (organization_id, project_id, id) WHERE status <> 'answered';
