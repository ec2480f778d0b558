)
SELECT ordinal, false AS conflict, true AS committed, more FROM advanced
