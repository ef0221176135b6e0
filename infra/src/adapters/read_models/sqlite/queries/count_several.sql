-- The same of those who have words that begin with each of ?5 too. Of all with the first word only ?6 are looked at: for one word alone
-- that would be a table to make before anything is counted.
WITH others AS MATERIALIZED (SELECT o.value AS first, o.value || char(1114111) AS past FROM json_each(?5) o)
SELECT count(*) FROM (
  SELECT DISTINCT w.user_id
  FROM (SELECT word, user_id FROM user_words WHERE word >= ?1 AND word < ?2 ORDER BY word LIMIT ?6) w
  WHERE w.user_id <> ?3
    AND NOT EXISTS (
      SELECT 1 FROM others o
      WHERE NOT EXISTS (
        SELECT 1 FROM user_words x WHERE x.user_id = w.user_id AND x.word >= o.first AND x.word < o.past))
    AND NOT EXISTS (
      SELECT 1 FROM friendship_sides s INDEXED BY friendship_sides_blocking
      WHERE s.user_id = ?3 AND s.other_id = w.user_id AND s.blocks)
    AND NOT EXISTS (
      SELECT 1 FROM friendship_sides s INDEXED BY friendship_sides_blocking
      WHERE s.user_id = w.user_id AND s.other_id = ?3 AND s.blocks)
  LIMIT ?4)
