-- The newest of a room's timeline at or below ?2, and how many stand there up to it: messages and, if wanted, what is told between
-- them. The condition on kinds is that of the index, word for word.
SELECT coalesce(m.number, 0) + t.count AS rank, max(coalesce(m.version, 0), t.version) AS version
FROM (
  SELECT count(*) AS count, coalesce(max(c.version), 0) AS version FROM changes c INDEXED BY changes_told
  WHERE ?3 AND c.room_id = ?1 AND c.version <= ?2
    AND c.kind IN ('MemberJoined', 'MemberLeft', 'MemberRemoved', 'MemberRoleChanged', 'RoomRenamed')) t
LEFT JOIN (
  SELECT n.number, n.version FROM messages n
  WHERE n.room_id = ?1 AND n.version <= ?2 ORDER BY n.version DESC LIMIT 1) m ON TRUE
