ALTER TABLE agents DROP COLUMN trial_digest, DROP COLUMN trial_share, DROP COLUMN trial_since;
