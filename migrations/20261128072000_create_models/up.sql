-- A provider of language models, as a project has set it up. What an agent asks is the one that its grant of `model` names,
-- or else its project's default.
CREATE TABLE providers (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 100),
    -- The wire format that it speaks.
    kind text NOT NULL CHECK (kind IN ('openai', 'anthropic', 'google')),
    url text NOT NULL,
    model text NOT NULL,
    -- Sealed in the vault, bound to this row.
    key bytea,
    is_default boolean NOT NULL,
    -- What each agent, and the whole project, may use a day of what is asked here; none is no limit of its own.
    agent_tokens bigint CHECK (agent_tokens >= 0),
    project_tokens bigint CHECK (project_tokens >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id)
);
CREATE UNIQUE INDEX providers_name_key ON providers (organization_id, project_id, lower(name));
CREATE UNIQUE INDEX providers_default_key ON providers (organization_id, project_id) WHERE is_default;
CREATE INDEX providers_project_idx ON providers (organization_id, project_id, id);
-- Sealing anew goes over the providers of every organization.
CREATE INDEX providers_id_idx ON providers (id);

-- What was paid for during a turn, by the place of the call in the turn: a turn that is run again gets it again.
CREATE TABLE journal (
    organization_id uuid NOT NULL,
    turn_id uuid NOT NULL,
    call integer NOT NULL,
    -- The digest of what was asked: another question in the same place is asked anew.
    request bytea NOT NULL,
    -- JSON; a text of it may have what jsonb refuses.
    answer bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, turn_id, call)
);
CREATE INDEX journal_created_at_idx ON journal (created_at);

-- What agents have asked of models, by the day in UTC.
CREATE TABLE model_usage (
    organization_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    day date NOT NULL,
    project_id uuid NOT NULL,
    calls bigint NOT NULL,
    input_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    PRIMARY KEY (organization_id, agent_id, day)
);
CREATE INDEX model_usage_project_idx ON model_usage (organization_id, project_id, day);
