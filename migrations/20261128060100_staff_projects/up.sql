-- Agents that work in a project beside those that live there, and what a project's owners set.

-- An agent that lives in another project, and may answer on this one's channels.
CREATE TABLE project_agents (
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    added_by uuid NOT NULL REFERENCES users (id),
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, project_id, agent_id),
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id),
    FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id)
);

CREATE TABLE project_settings (
    organization_id uuid NOT NULL,
    project_id uuid NOT NULL,
    -- Where the status of the project's channels is told.
    webhook_url text,
    -- What the calls are signed with: sealed. There where an address is, or was.
    webhook_secret bytea,
    -- Requests a minute of the keys of the project and of its agents.
    rate_limit_rpm integer CHECK (rate_limit_rpm > 0),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, project_id),
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id)
);
CREATE INDEX project_settings_webhook_idx ON project_settings (organization_id, project_id)
    WHERE webhook_url IS NOT NULL;

-- What a project's address knows of a channel.
CREATE TABLE told_statuses (
    organization_id uuid NOT NULL,
    channel_id uuid NOT NULL,
    -- The status that was told last; null where none was.
    status text,
    -- Tries since that failed.
    failed integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, channel_id)
);
