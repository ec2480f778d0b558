DROP TABLE model_usage;
DROP TABLE journal;
DROP TABLE providers;
