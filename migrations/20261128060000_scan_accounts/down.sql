ALTER TABLE deliveries DROP COLUMN waits;
DROP TABLE reply_windows;
DROP TABLE scans;
