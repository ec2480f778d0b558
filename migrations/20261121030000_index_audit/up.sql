-- What the filters of the audit log, and what someone is in each of their projects, are read by. Each begins with what names
-- its rows by itself.
CREATE INDEX audit_user_idx ON audit (user_id, organization_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX audit_action_idx ON audit (action, organization_id, id);
CREATE INDEX members_user_idx ON members (user_id, organization_id);
