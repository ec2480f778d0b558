-- The journal of a turn: its event, what its agent heard of the host, and how it ended; compressed, in a form of the host's own.
-- A turn whose agent asked for nothing has none: its message is all there is to know. Written by the statement that ends the turn.
CREATE TABLE recordings (
    organization_id uuid NOT NULL,
    turn_id uuid NOT NULL,
    bytes bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, turn_id)
);
-- It is compressed already.
ALTER TABLE recordings ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE INDEX recordings_created_at_idx ON recordings (created_at);
