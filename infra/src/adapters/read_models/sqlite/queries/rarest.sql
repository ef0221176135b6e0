-- Of the terms ?2 the one whose hundredth message in some rooms (?1) lies furthest back, or of which there are the fewest.
SELECT w.value FROM json_each(?2) w
ORDER BY
  coalesce((
    SELECT t.position
    FROM json_each(?1) r JOIN message_terms t ON t.room_id = unhex(r.value ->> 0) AND t.term = w.value
    WHERE t.position IN (
      SELECT n.position FROM message_terms n
      WHERE n.room_id = unhex(r.value ->> 0) AND n.term = w.value ORDER BY n.position DESC LIMIT 100)
    ORDER BY t.position DESC LIMIT 1 OFFSET 99), 0), (
  SELECT count(*) FROM (
    SELECT 1 FROM json_each(?1) r JOIN message_terms t ON t.room_id = unhex(r.value ->> 0) AND t.term = w.value LIMIT 100)),
  length(w.value) DESC
LIMIT 1
