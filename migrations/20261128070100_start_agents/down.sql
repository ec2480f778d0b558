ALTER TABLE agents DROP COLUMN started_at;
