DROP TABLE live_links;
DROP INDEX channels_console_key;
