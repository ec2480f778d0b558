-- The files of agents. A file is a path that points at a content; a content is bytes that never change once a file points
-- at them. Contents are written ahead, outside of any turn, so that a commit moves pointers and no bytes.

-- What an agent's files amount to. Its row is the lock on all of them.
CREATE TABLE workspaces (
    organization_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    bytes bigint NOT NULL DEFAULT 0 CHECK (bytes >= 0),
    files bigint NOT NULL DEFAULT 0 CHECK (files >= 0),
    PRIMARY KEY (organization_id, agent_id),
    FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id)
);

CREATE TABLE file_contents (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    agent_id uuid NOT NULL,
    size bigint NOT NULL CHECK (size >= 0),
    -- SHA-256. Unknown while it is still being added to.
    digest bytea CHECK (octet_length(digest) = 32),
    -- Whether a message was sent with it: then it outlives its file for a while.
    is_sent boolean NOT NULL DEFAULT false,
    -- Since when no file points at it.
    loose_since timestamptz DEFAULT now(),
    PRIMARY KEY (organization_id, id),
    FOREIGN KEY (organization_id, agent_id) REFERENCES workspaces (organization_id, agent_id)
);
CREATE INDEX file_contents_loose_idx ON file_contents (loose_since) WHERE loose_since IS NOT NULL;
CREATE INDEX file_contents_sent_idx ON file_contents (organization_id, agent_id, loose_since)
    WHERE is_sent AND loose_since IS NOT NULL;

-- A content in pieces, each by the place of its first byte: a stretch of a large file costs what it is long.
CREATE TABLE file_chunks (
    organization_id uuid NOT NULL,
    content_id uuid NOT NULL,
    start bigint NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (organization_id, content_id, start),
    FOREIGN KEY (organization_id, content_id) REFERENCES file_contents (organization_id, id) ON DELETE CASCADE
);
-- Most files are packed already.
ALTER TABLE file_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE files (
    organization_id uuid NOT NULL,
    agent_id uuid NOT NULL,
    path text COLLATE "C" NOT NULL CHECK (octet_length(path) BETWEEN 1 AND 512),
    id uuid NOT NULL,
    content_id uuid NOT NULL,
    content_type text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, agent_id, path),
    FOREIGN KEY (organization_id, agent_id) REFERENCES workspaces (organization_id, agent_id),
    FOREIGN KEY (organization_id, content_id) REFERENCES file_contents (organization_id, id)
);
CREATE UNIQUE INDEX files_id_key ON files (organization_id, id);
CREATE UNIQUE INDEX files_content_key ON files (organization_id, content_id);
