-- How many have a word from ?1 on and before ?2 and are found by ?3, counted up to ?4.
SELECT count(*) FROM (
  SELECT DISTINCT w.user_id
  FROM user_words w JOIN users u ON u.id = w.user_id
  WHERE w.word >= ?1 AND w.word < ?2
    AND u.id <> ?3 AND u.nickname IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM friendship_sides s WHERE s.user_id = ?3 AND s.other_id = u.id AND s.blocks)
    AND NOT EXISTS (SELECT 1 FROM friendship_sides s WHERE s.user_id = u.id AND s.other_id = ?3 AND s.blocks)
  LIMIT ?4)
