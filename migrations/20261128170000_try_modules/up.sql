-- A module that answers in so many of a hundred of an agent's conversations, in place of the one that the agent points at.
ALTER TABLE agents
    ADD COLUMN trial_digest bytea,
    ADD COLUMN trial_share smallint CHECK (trial_share BETWEEN 1 AND 99),
    ADD COLUMN trial_since timestamptz,
    ADD CONSTRAINT agents_trial_check CHECK (
        num_nulls(trial_digest, trial_share, trial_since) IN (0, 3)
        AND (trial_digest IS NULL OR trial_digest <> module_digest)
    ),
    ADD FOREIGN KEY (organization_id, trial_digest) REFERENCES modules (organization_id, digest);
