-- What was said before somebody last came is not unread. What is unread is counted up to the ?3-th message.
SELECT r.id, r.applied, r.last_number, r.activity, r.activity_at,
  EXISTS (SELECT 1 FROM memberships m WHERE m.room_id = r.id AND m.user_id = ?1 AND m.to_version IS NULL) AS is_member,
  EXISTS (SELECT 1 FROM memberships m WHERE m.room_id = r.id AND m.user_id = ?1) AS was_member,
  max(min(r.last_number, ?3) - r.read, 0) - (
    SELECT count(*) FROM messages d
    WHERE d.room_id = r.id AND d.number > r.read AND d.number <= ?3 AND d.deleted_at IS NOT NULL) AS unread,
  EXISTS (SELECT 1 FROM parked p WHERE p.aggregate_type = 'Room' AND p.aggregate_id = r.id) AS is_parked
FROM (
  SELECT s.*, max(
    coalesce((SELECT k.number FROM read_marks k WHERE k.room_id = s.id AND k.user_id = ?1), 0),
    coalesce((
      SELECT o.number FROM messages o
      WHERE o.room_id = s.id AND o.version < (
        SELECT max(m.from_version) FROM memberships m WHERE m.room_id = s.id AND m.user_id = ?1)
      ORDER BY o.version DESC LIMIT 1), 0)) AS read
  FROM rooms s WHERE s.id = ?2) r
