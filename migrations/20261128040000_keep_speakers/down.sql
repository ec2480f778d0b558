DROP TABLE commands, shares, group_members, groups, allowances;
-- Of two agents of one name in a project, those that someone made for themselves go by their ids.
UPDATE agents SET name = 'agent-' || replace(id::text, '-', '') WHERE owner_id IS NOT NULL AND deleted_at IS NULL;
DROP INDEX agents_own_name_key, agents_name_key;
CREATE UNIQUE INDEX agents_name_key ON agents (organization_id, project_id, lower(name)) WHERE deleted_at IS NULL;
ALTER TABLE agents DROP COLUMN owner_id;
ALTER TABLE conversations DROP COLUMN muted_up_to;
DROP INDEX contacts_user_idx;
ALTER TABLE contacts DROP COLUMN signed_out_at, DROP COLUMN is_yolo;
UPDATE users SET organization_role = 'member' WHERE organization_role = 'guest';
ALTER TABLE users
    DROP CONSTRAINT users_password_check,
    DROP CONSTRAINT users_organization_role_check,
    ADD CONSTRAINT users_organization_role_check CHECK (organization_role IN ('owner', 'member'));
-- An account without an address gets one that reaches no one.
UPDATE users SET email = id || '@accounts.invalid' WHERE email IS NULL;
ALTER TABLE users ALTER COLUMN email SET NOT NULL;
