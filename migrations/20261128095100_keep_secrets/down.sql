DELETE FROM grants WHERE capability = 'secrets';
UPDATE agents SET version = version + 1 WHERE deleted_at IS NULL;
DROP TABLE secrets;
