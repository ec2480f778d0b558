-- An ordered list of rules that picks which agent, team or canned reply handles a channel's messages.
CREATE TABLE workflows (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    name text NOT NULL,
    -- As they were given, after they were found to be good: hosts parse them once a version.
    rules jsonb NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id)
);
CREATE UNIQUE INDEX workflows_name_key ON workflows (organization_id, project_id, lower(name)) WHERE deleted_at IS NULL;

ALTER TABLE channels
    ADD COLUMN workflow_id uuid,
    ADD FOREIGN KEY (organization_id, workflow_id) REFERENCES workflows (organization_id, id);
