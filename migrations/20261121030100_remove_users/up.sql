-- Whoever is removed from the organization stays known by name where they have said or done something, and their address is
-- free again.
ALTER TABLE users ADD COLUMN removed_at timestamptz;
DROP INDEX users_email_key;
CREATE UNIQUE INDEX users_email_key ON users (lower(email)) WHERE removed_at IS NULL;

-- A sign-in that was refused is a row of its own.
ALTER TABLE audit
    DROP CONSTRAINT audit_outcome_check,
    ADD CONSTRAINT audit_outcome_check CHECK (outcome IN ('started', 'done', 'failed', 'refused'));

-- What cleaning looks for. Rows of the log lie in the order of their time, so that a summary of each stretch of pages is enough.
CREATE INDEX audit_at_idx ON audit USING brin (at);
CREATE INDEX tokens_expiry_idx ON tokens (expires_at) WHERE expires_at IS NOT NULL;
