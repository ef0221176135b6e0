-- Who has a word behind (?1, ?2) and up to (?3, ?4), and of those that begin with ?5 none before it. One comparison of both columns at
-- either end: of one column alone the planner makes the end, and walks on behind what is to be looked at.
WITH others AS MATERIALIZED (SELECT o.value AS first, o.value || char(1114111) AS past FROM json_each(?6) o)
SELECT w.word, u.*
FROM user_words w JOIN users u ON u.id = w.user_id
WHERE (w.word, w.user_id) > (?1, ?2) AND (w.word, w.user_id) <= (?3, ?4)
  AND NOT EXISTS (SELECT 1 FROM user_words x WHERE x.user_id = w.user_id AND x.word >= ?5 AND x.word < w.word)
  AND NOT EXISTS (
    SELECT 1 FROM others o
    WHERE NOT EXISTS (
      SELECT 1 FROM user_words x WHERE x.user_id = w.user_id AND x.word >= o.first AND x.word < o.past))
  AND w.user_id <> ?7 AND u.nickname IS NOT NULL
  AND NOT EXISTS (
    SELECT 1 FROM friendship_sides s INDEXED BY friendship_sides_blocking
    WHERE s.user_id = ?7 AND s.other_id = w.user_id AND s.blocks)
  AND NOT EXISTS (
    SELECT 1 FROM friendship_sides s INDEXED BY friendship_sides_blocking
    WHERE s.user_id = w.user_id AND s.other_id = ?7 AND s.blocks)
ORDER BY w.word, w.user_id
LIMIT ?8
