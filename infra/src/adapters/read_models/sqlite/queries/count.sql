-- How many have a word from ?1 on and before ?2 and are found by ?3, counted up to ?4. Who is erased has no words.
SELECT count(*) FROM (
  SELECT DISTINCT w.user_id
  FROM user_words w
  WHERE w.word >= ?1 AND w.word < ?2 AND w.user_id <> ?3
    AND NOT EXISTS (
      SELECT 1 FROM friendship_sides s INDEXED BY friendship_sides_blocking
      WHERE s.user_id = ?3 AND s.other_id = w.user_id AND s.blocks)
    AND NOT EXISTS (
      SELECT 1 FROM friendship_sides s INDEXED BY friendship_sides_blocking
      WHERE s.user_id = w.user_id AND s.other_id = ?3 AND s.blocks)
  LIMIT ?4)
