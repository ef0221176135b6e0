-- The same of those who have words that begin with each of ?5 too. Of all with the first word only ?6 are looked at: for one word alone
-- that would be a table to make before anything is counted.
SELECT count(*) FROM (
  SELECT DISTINCT w.user_id
  FROM (SELECT word, user_id FROM user_words WHERE word >= ?1 AND word < ?2 ORDER BY word LIMIT ?6) w
  WHERE w.user_id <> ?3
    AND NOT EXISTS (
      SELECT 1 FROM json_each(?5) b
      WHERE NOT EXISTS (
        SELECT 1 FROM user_words x
        WHERE x.user_id = w.user_id AND x.word >= b.value AND x.word < b.value || char(1114111)))
    AND NOT EXISTS (
      SELECT 1 FROM friendship_sides s INDEXED BY friendship_sides_blocking
      WHERE s.user_id = ?3 AND s.other_id = w.user_id AND s.blocks)
    AND NOT EXISTS (
      SELECT 1 FROM friendship_sides s INDEXED BY friendship_sides_blocking
      WHERE s.user_id = w.user_id AND s.other_id = ?3 AND s.blocks)
  LIMIT ?4)
