DROP TABLE tool_calls;
DROP TABLE toolsets;
DELETE FROM grants WHERE capability = 'tools';
