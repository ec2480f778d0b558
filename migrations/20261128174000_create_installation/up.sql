-- What this database is called where it is one of many: one row, made by the first host that asks for it, and not here, so that a
-- database that is made from a migrated one has a name of its own.
CREATE TABLE installation (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    id uuid NOT NULL
);
