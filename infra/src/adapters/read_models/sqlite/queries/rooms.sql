-- What is unread is counted for the page only, not for every room that is sorted.
SELECT r.id, r.applied, r.last_number, r.activity, r.activity_at, 1 AS is_member, 1 AS was_member,
  r.last_number - r.read - (
    SELECT count(*) FROM messages d
    WHERE d.room_id = r.id AND d.number > r.read AND d.deleted_at IS NOT NULL) AS unread,
  EXISTS (SELECT 1 FROM parked p WHERE p.aggregate_type = 'Room' AND p.aggregate_id = r.id) AS is_parked
FROM (
  SELECT t.*, max(
    coalesce((SELECT k.number FROM read_marks k WHERE k.room_id = t.id AND k.user_id = ?1), 0),
    coalesce((
      SELECT o.number FROM messages o
      WHERE o.room_id = t.id AND o.version < t.from_version ORDER BY o.version DESC LIMIT 1), 0)) AS read
  FROM (
    SELECT s.*, m.from_version FROM memberships m JOIN rooms s ON s.id = m.room_id
    WHERE m.user_id = ?1 AND m.to_version IS NULL AND (s.activity, s.id) < (?2, ?3)
    ORDER BY s.activity DESC, s.id DESC
    LIMIT ?4 OFFSET ?5) t) r
ORDER BY r.activity DESC, r.id DESC
