-- A timer that comes due again and again has what it goes by: a cron expression and a time zone. `due_at` is its next slot,
-- which is what fires once.
ALTER TABLE schedules
    ADD COLUMN cron text,
    ADD COLUMN time_zone text,
    ADD CONSTRAINT schedules_recurrence_check CHECK ((cron IS NULL) = (time_zone IS NULL));
