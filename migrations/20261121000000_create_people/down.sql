DROP TABLE audit;
DROP TABLE team_members;
DROP TABLE teams;
DROP TABLE business_units;
DROP TABLE invites;
DELETE FROM tokens WHERE kind IN ('session', 'project', 'agent', 'external') OR revoked_at IS NOT NULL;
DROP INDEX tokens_single_key;
ALTER TABLE tokens
    DROP CONSTRAINT tokens_project_check,
    DROP CONSTRAINT tokens_kind_check,
    DROP COLUMN revoked_at,
    DROP COLUMN created_by,
    DROP COLUMN role,
    DROP COLUMN name,
    DROP COLUMN id,
    ADD CONSTRAINT tokens_kind_check CHECK (kind IN ('personal', 'session', 'sign_in', 'channel'));
DROP INDEX users_organization_idx;
ALTER TABLE users DROP COLUMN organization_role;
