ALTER TABLE channels DROP COLUMN workflow_id;
DROP TABLE workflows;
