DROP INDEX access_codes_channel_idx, access_codes_id_key;
ALTER TABLE access_codes DROP COLUMN id;
