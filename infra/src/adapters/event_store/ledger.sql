BEGIN IMMEDIATE;
-- 0: the head of the log.
SELECT 0, 0, position, recorded_at
FROM (SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1)
UNION ALL
-- 1: the version of each stream asked for (id and type in one text).
SELECT 1, asked.key, (
    SELECT max(sequence) FROM events
    WHERE aggregate_type = substr(asked.value, 37) AND aggregate_id = substr(asked.value, 1, 36)
  ), NULL
FROM json_each(?1) AS asked
UNION ALL
-- 2: who holds each claim asked for, and what its claimant holds (claimant, digest and kind in one text).
SELECT 2, asked.key,
  (SELECT owner FROM claims WHERE kind = substr(asked.value, 97) AND digest = unhex(substr(asked.value, 33, 64))),
  (SELECT digest FROM claims WHERE kind = substr(asked.value, 97) AND owner = unhex(substr(asked.value, 1, 32)))
FROM json_each(?2) AS asked
UNION ALL
-- 3: which of the keys asked for are used (user and key in one text).
SELECT 3, asked.key, NULL, NULL
FROM json_each(?3) AS asked
WHERE EXISTS (
  SELECT 1 FROM keys_used
  WHERE user_id = unhex(substr(asked.value, 1, 32)) AND key = unhex(substr(asked.value, 33))
);
