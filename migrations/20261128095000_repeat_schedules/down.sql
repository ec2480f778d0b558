DELETE FROM schedules WHERE cron IS NOT NULL;
ALTER TABLE schedules DROP CONSTRAINT schedules_recurrence_check, DROP COLUMN cron, DROP COLUMN time_zone;
