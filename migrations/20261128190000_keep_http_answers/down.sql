DROP TABLE http_answers;
