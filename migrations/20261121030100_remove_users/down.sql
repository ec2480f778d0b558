DROP INDEX tokens_expiry_idx, audit_at_idx;
DELETE FROM audit WHERE outcome = 'refused';
ALTER TABLE audit
    DROP CONSTRAINT audit_outcome_check,
    ADD CONSTRAINT audit_outcome_check CHECK (outcome IN ('started', 'done', 'failed'));
-- An address names one account: where someone new has it, the removed one keeps theirs under its id.
UPDATE users SET email = email || '.removed.' || id WHERE removed_at IS NOT NULL;
DROP INDEX users_email_key;
CREATE UNIQUE INDEX users_email_key ON users (lower(email));
ALTER TABLE users DROP COLUMN removed_at;
