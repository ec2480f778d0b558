-- Who holds a conversation is a user or a team: two tables, so that the kind is written beside the id.
ALTER TABLE conversations
    ADD COLUMN held_kind text CHECK (held_kind IN ('user', 'team')),
    ADD COLUMN held_since timestamptz;
UPDATE conversations SET held_kind = 'user', held_since = now() WHERE held_by IS NOT NULL;
ALTER TABLE conversations
    ADD CHECK ((held_by IS NULL) = (held_kind IS NULL) AND (held_by IS NULL) = (held_since IS NULL));
