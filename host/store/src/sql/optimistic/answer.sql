)
SELECT ordinal FROM advanced
