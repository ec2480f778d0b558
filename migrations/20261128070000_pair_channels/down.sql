DROP INDEX contacts_allowed_idx;
DROP TABLE pairing_attempts;
DROP TABLE pairing_codes;
