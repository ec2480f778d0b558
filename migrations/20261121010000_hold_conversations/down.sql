ALTER TABLE conversations DROP COLUMN held_since, DROP COLUMN held_kind;
