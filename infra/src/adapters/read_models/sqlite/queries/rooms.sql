-- What is unread is counted for the page only, not for every room that is sorted.
SELECT r.id, r.applied, r.last_number, r.activity, r.activity_at, 1 AS is_member, 1 AS was_member,
  r.last_number - coalesce(k.number, 0) - (
    SELECT count(*) FROM messages d
    WHERE d.room_id = r.id AND d.number > coalesce(k.number, 0) AND d.deleted_at IS NOT NULL) AS unread,
  EXISTS (SELECT 1 FROM parked p WHERE p.aggregate_type = 'Room' AND p.aggregate_id = r.id) AS is_parked
FROM (
  SELECT s.* FROM memberships m JOIN rooms s ON s.id = m.room_id
  WHERE m.user_id = ?1 AND m.to_version IS NULL AND (s.activity, s.id) < (?2, ?3)
  ORDER BY s.activity DESC, s.id DESC
  LIMIT ?4 OFFSET ?5) r
  LEFT JOIN read_marks k ON k.room_id = r.id AND k.user_id = ?1
ORDER BY r.activity DESC, r.id DESC
