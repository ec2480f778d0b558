DROP TABLE files, file_chunks, file_contents, workspaces;
