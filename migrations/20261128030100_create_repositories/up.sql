-- Git repositories that people have connected, for agents to be made of.
CREATE TABLE repositories (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    -- What its owner calls it: `owner/repo`, as its address ends.
    full_name text NOT NULL CHECK (length(full_name) BETWEEN 1 AND 200),
    url text NOT NULL,
    -- What it is read with where it is not public: sealed in the vault, bound to this row.
    token bytea,
    -- What was at its head when it was last looked at.
    head text NOT NULL,
    branch text,
    refreshed_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX repositories_name_key ON repositories (organization_id, user_id, lower(full_name));
