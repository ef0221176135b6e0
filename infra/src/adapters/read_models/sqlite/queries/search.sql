SELECT w.word, u.*
FROM user_words w JOIN users u ON u.id = w.user_id
WHERE (w.word, w.user_id) > (?1, ?2) AND w.word < ?3 AND (w.word, w.user_id) <= (?8, ?9)
  AND NOT EXISTS (SELECT 1 FROM user_words x WHERE x.user_id = w.user_id AND x.word >= ?4 AND x.word < w.word)
  AND NOT EXISTS (
    SELECT 1 FROM json_each(?5) b
    WHERE NOT EXISTS (
      SELECT 1 FROM user_words x
      WHERE x.user_id = w.user_id AND x.word >= b.value AND x.word < b.value || char(1114111)))
  AND w.user_id <> ?6 AND u.nickname IS NOT NULL
  AND NOT EXISTS (
    SELECT 1 FROM friendship_sides s INDEXED BY friendship_sides_blocking
    WHERE s.user_id = ?6 AND s.other_id = w.user_id AND s.blocks)
  AND NOT EXISTS (
    SELECT 1 FROM friendship_sides s INDEXED BY friendship_sides_blocking
    WHERE s.user_id = w.user_id AND s.other_id = ?6 AND s.blocks)
ORDER BY w.word, w.user_id
LIMIT ?7
