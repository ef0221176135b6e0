BEGIN IMMEDIATE;
-- One row: each row of its own would wake whoever waits for it.
SELECT
  -- The head of the log, and when it was recorded.
  (SELECT max(position) FROM events),
  (SELECT recorded_at FROM events ORDER BY position DESC LIMIT 1),
  -- The version of each stream asked for (id and type in one text), in the order of asking.
  (SELECT json_group_array((
     SELECT max(sequence) FROM events
     WHERE aggregate_type = substr(asked.value, 37) AND aggregate_id = substr(asked.value, 1, 36)
   )) FROM json_each(?1) AS asked),
  -- Who holds each claim asked for, and what its claimant holds (claimant, digest and kind in one text).
  (SELECT json_group_array(json_array(
     (SELECT lower(hex(owner)) FROM claims
      WHERE kind = substr(asked.value, 97) AND digest = unhex(substr(asked.value, 33, 64))),
     (SELECT lower(hex(digest)) FROM claims
      WHERE kind = substr(asked.value, 97) AND owner = unhex(substr(asked.value, 1, 32)))
   )) FROM json_each(?2) AS asked),
  -- Which of the keys asked for are used (user and key in one text).
  (SELECT json_group_array(EXISTS (
     SELECT 1 FROM keys_used
     WHERE user_id = unhex(substr(asked.value, 1, 32)) AND key = unhex(substr(asked.value, 33))
   )) FROM json_each(?3) AS asked);
