ALTER TABLE deliveries ADD CONSTRAINT deliveries_status_check
    CHECK (status IN ('pending', 'delivered', 'unknown', 'dead', 'discarded'));
ALTER TABLE turns ADD CONSTRAINT turns_status_check CHECK (status IN ('queued', 'done', 'failed', 'skipped'));
ALTER TABLE messages ADD CONSTRAINT messages_direction_check CHECK (direction IN ('inbound', 'outbound'));
ALTER TABLE conversations
    ADD CONSTRAINT conversations_held_kind_check CHECK (held_kind IN ('user', 'team')),
    ADD CONSTRAINT conversations_check
        CHECK ((held_by IS NULL) = (held_kind IS NULL) AND (held_by IS NULL) = (held_since IS NULL));
