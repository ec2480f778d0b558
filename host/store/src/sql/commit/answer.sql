)
SELECT i.ordinal, u.ordinal IS NULL AS conflict, a.ordinal IS NOT NULL AS committed, COALESCE(a.more, false) AS more
FROM input i
LEFT JOIN unconflicted u ON u.ordinal = i.ordinal
LEFT JOIN advanced a ON a.ordinal = i.ordinal
