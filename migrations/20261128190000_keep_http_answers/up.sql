-- What servers answered to requests of a turn that may have changed something there, by the place of the request in the turn: a turn
-- that is run again gets it again, and sends nothing.
CREATE TABLE http_answers (
    organization_id uuid NOT NULL,
    turn_id uuid NOT NULL,
    -- The place of the call of a tool whose module made the request; -1 where the agent itself did.
    tool_call integer NOT NULL,
    -- The place among all such requests of that module, or of the agent.
    call integer NOT NULL,
    -- The digest of the request as it was written, with placeholders for secrets: another one in the same place is sent.
    request bytea NOT NULL,
    -- The answer as it was heard, without secrets, or why there is none; compressed, in a form of the host's own.
    answer bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, turn_id, tool_call, call)
);
-- It is compressed already.
ALTER TABLE http_answers ALTER COLUMN answer SET STORAGE EXTERNAL;
CREATE INDEX http_answers_created_at_idx ON http_answers (created_at);
