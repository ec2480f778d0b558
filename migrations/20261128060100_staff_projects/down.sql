DROP TABLE told_statuses;
DROP TABLE project_settings;
DROP TABLE project_agents;
