-- What a person may do in their organization as a whole; what they may do in a project is in members.
ALTER TABLE users ADD COLUMN organization_role text NOT NULL DEFAULT 'member'
    CONSTRAINT users_organization_role_check CHECK (organization_role IN ('owner', 'member'));
UPDATE users SET organization_role = 'owner'
WHERE id IN (SELECT DISTINCT ON (organization_id) id FROM users ORDER BY organization_id, created_at, id);
CREATE INDEX users_organization_idx ON users (organization_id, id);

-- A token has a name of its own for lists and for the audit log, and can be ended without being forgotten.
-- A session's text is signed from now on: those from before end, and their people sign in again.
DELETE FROM tokens WHERE kind = 'session';
ALTER TABLE tokens
    DROP CONSTRAINT tokens_kind_check,
    ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid(),
    ADD COLUMN name text NOT NULL DEFAULT '',
    -- What a project's key may do in that project.
    ADD COLUMN role text CONSTRAINT tokens_role_check CHECK (role IN ('admin', 'member', 'viewer')),
    ADD COLUMN created_by uuid REFERENCES users (id),
    ADD COLUMN revoked_at timestamptz,
    ADD CONSTRAINT tokens_kind_check
        CHECK (kind IN ('personal', 'session', 'sign_in', 'channel', 'project', 'agent', 'external')),
    ADD CONSTRAINT tokens_project_check CHECK ((kind = 'project') = (role IS NOT NULL));
CREATE UNIQUE INDEX tokens_id_key ON tokens (id);
-- A channel has one key and an organization one external token: of two that are made at once, one is told to look again.
DELETE FROM tokens AS old USING tokens AS new
WHERE old.kind = 'channel' AND new.kind = 'channel' AND old.subject_id = new.subject_id
    AND (old.created_at, old.hash) < (new.created_at, new.hash);
CREATE UNIQUE INDEX tokens_single_key ON tokens (kind, subject_id)
    WHERE kind IN ('channel', 'external') AND revoked_at IS NULL;

-- A single-use offer of a role in a project to whoever has an e-mail address.
CREATE TABLE invites (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid NOT NULL,
    email text NOT NULL,
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
    -- SHA-256 of the link's secret part, which is shown once.
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    invited_by uuid REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    accepted_by uuid REFERENCES users (id),
    revoked_at timestamptz,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, project_id) REFERENCES projects (organization_id, id)
);
CREATE UNIQUE INDEX invites_hash_key ON invites (hash);
CREATE INDEX invites_project_idx ON invites (organization_id, project_id, id);

CREATE TABLE business_units (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    PRIMARY KEY (organization_id, id)
);
CREATE UNIQUE INDEX business_units_name_key ON business_units (organization_id, lower(name)) WHERE deleted_at IS NULL;

CREATE TABLE teams (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    business_unit_id uuid,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, business_unit_id) REFERENCES business_units (organization_id, id)
);
CREATE UNIQUE INDEX teams_name_key ON teams (organization_id, lower(name)) WHERE deleted_at IS NULL;

CREATE TABLE team_members (
    organization_id uuid NOT NULL,
    team_id uuid NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    role text NOT NULL CHECK (role IN ('member', 'observer')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, team_id, user_id),
    FOREIGN KEY (organization_id, team_id) REFERENCES teams (organization_id, id)
);
CREATE INDEX team_members_user_idx ON team_members (organization_id, user_id);

-- Who changed what: written before the change, its outcome after it. It grows with traffic.
CREATE TABLE audit (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    project_id uuid,
    at timestamptz NOT NULL DEFAULT now(),
    user_id uuid,
    token_id uuid,
    -- How the caller proved who they are, and which way in they took.
    way text NOT NULL,
    entrance text NOT NULL,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    outcome text NOT NULL DEFAULT 'started' CHECK (outcome IN ('started', 'done', 'failed')),
    error_code text,
    address text,
    PRIMARY KEY (organization_id, id)
);
CREATE INDEX audit_project_idx ON audit (organization_id, project_id, id);
