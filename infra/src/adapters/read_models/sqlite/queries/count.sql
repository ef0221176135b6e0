SELECT count(*) FROM (
  SELECT DISTINCT w.user_id
  FROM user_words w JOIN users u ON u.id = w.user_id
  WHERE w.word >= ?1 AND w.word < ?2
    AND NOT EXISTS (
      SELECT 1 FROM json_each(?3) b
      WHERE NOT EXISTS (
        SELECT 1 FROM user_words x
        WHERE x.user_id = w.user_id AND x.word >= b.value AND x.word < b.value || char(1114111)))
    AND u.id <> ?4 AND u.nickname IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM friendship_sides s WHERE s.user_id = ?4 AND s.other_id = u.id AND s.blocks)
    AND NOT EXISTS (SELECT 1 FROM friendship_sides s WHERE s.user_id = u.id AND s.other_id = ?4 AND s.blocks)
  LIMIT ?5)
