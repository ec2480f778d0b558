-- Codes that let people in are listed and taken back by an id: of what they are kept by, a short code could be guessed. The
-- default is for a host of before that serves the same database.
ALTER TABLE access_codes ADD COLUMN id uuid NOT NULL DEFAULT gen_random_uuid();
CREATE UNIQUE INDEX access_codes_id_key ON access_codes (id, organization_id);
-- Lists have parent and key in one index.
CREATE INDEX access_codes_channel_idx ON access_codes (channel_id, id);
