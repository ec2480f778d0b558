-- Secrets that owners have stored for agents, sealed. The host puts one into a request of its agent, for the hosts that it is
-- for; the agent never sees it, and nobody else does again.
CREATE TABLE secrets (
    organization_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    name text COLLATE "C" NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 64),
    -- What the value is sealed for: another one each time that it is stored.
    id uuid NOT NULL,
    value bytea NOT NULL,
    hosts text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, agent_id, name),
    FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id)
);
CREATE UNIQUE INDEX secrets_id_key ON secrets (organization_id, id);

-- To know which secrets there are reaches nothing: agents have it from the start, as new ones do.
INSERT INTO grants (organization_id, agent_id, capability)
SELECT organization_id, id, 'secrets' FROM agents WHERE deleted_at IS NULL
ON CONFLICT DO NOTHING;
UPDATE agents SET version = version + 1 WHERE deleted_at IS NULL;
