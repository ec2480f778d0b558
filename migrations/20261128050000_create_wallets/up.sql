-- A Solana wallet of a user or of an agent, made when it is first asked for and never removed: something may have been sent
-- to it.
CREATE TABLE wallets (
    organization_id uuid NOT NULL REFERENCES organizations (id),
    id uuid NOT NULL,
    -- Whose: one of the two.
    user_id uuid REFERENCES users (id),
    agent_id uuid,
    -- An Ed25519 public key, which in base58 is the address.
    public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
    -- The seed of its key pair: sealed in the vault, bound to this row.
    secret bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id),
    CONSTRAINT wallets_holder_check CHECK (num_nonnulls(user_id, agent_id) = 1)
);
CREATE UNIQUE INDEX wallets_user_key ON wallets (organization_id, user_id);
CREATE UNIQUE INDEX wallets_agent_key ON wallets (organization_id, agent_id);
-- Sealing anew goes over the wallets of every organization.
CREATE INDEX wallets_id_idx ON wallets (id);
