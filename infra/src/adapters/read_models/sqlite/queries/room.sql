SELECT r.id, r.applied, r.last_number, r.activity, r.activity_at,
  EXISTS (SELECT 1 FROM memberships m WHERE m.room_id = r.id AND m.user_id = ?1 AND m.to_version IS NULL) AS is_member,
  EXISTS (SELECT 1 FROM memberships m WHERE m.room_id = r.id AND m.user_id = ?1) AS was_member,
  r.last_number - coalesce(k.number, 0) - (
    SELECT count(*) FROM messages d
    WHERE d.room_id = r.id AND d.number > coalesce(k.number, 0) AND d.deleted_at IS NOT NULL) AS unread,
  EXISTS (SELECT 1 FROM parked p WHERE p.aggregate_type = 'Room' AND p.aggregate_id = r.id) AS is_parked
FROM rooms r LEFT JOIN read_marks k ON k.room_id = r.id AND k.user_id = ?1
WHERE r.id = ?2
