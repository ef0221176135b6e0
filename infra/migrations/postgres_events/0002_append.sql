-- Appending a batch of items, whole transactions apart from any client: whoever calls this holds the lock only while it runs.
--
-- An item is a row of the item arrays; its events are the next `item_events[i]` rows of the event arrays. Guards, claims, credentials
-- and keys name their item by its number. Each item is checked against the store and the items before it; a conflict fails only
-- its own item. Gives a row an item, in order: where its first event came to stand, or why not.
CREATE FUNCTION append_events(
  item_type text[], item_id text[], item_expected bigint[], item_events integer[],
  event_type text[], event_version text[], event_payload text[], event_metadata text[],
  event_subject uuid[], event_id uuid[], event_hash bytea[],
  guard_item integer[], guard_type text[], guard_id text[], guard_version bigint[],
  claim_item integer[], claim_kind text[], claim_digest bytea[], claim_owner uuid[],
  credential_item integer[], credential_user uuid[], credential_hash text[],
  key_item integer[], key_user uuid[], key_key bytea[], key_request bytea[],
  key_type text[], key_id text[], key_sequence bigint[], key_status smallint[], key_changed boolean[]
) RETURNS TABLE (first_position bigint, at bigint, conflict text, first text, second text, digest bytea)
LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
  items     CONSTANT integer := coalesce(array_length(item_expected, 1), 0);
  head      bigint;
  last_time bigint;
  now_ms    bigint;
  before    integer := 0;                                      -- events of the items before this one
  count     integer;
  found_one record;
BEGIN
  -- A statement of its own: those behind it see what the last holder committed.
  PERFORM pg_advisory_xact_lock(5491001);
  SELECT e.position, e.recorded_at INTO head, last_time FROM events e ORDER BY e.position DESC LIMIT 1;
  head := coalesce(head, 0);
  now_ms := greatest((extract(epoch FROM clock_timestamp()) * 1000)::bigint, coalesce(last_time, 0));

  -- Nearly always every item is good and none depends on another: then all are written at once.
  IF array_length(claim_item, 1) IS NULL AND array_length(credential_item, 1) IS NULL
    AND (SELECT count(*) = count(DISTINCT (i.kind, i.id))
           AND bool_and(i.expected = coalesce((SELECT e.sequence FROM events e
             WHERE e.aggregate_type = i.kind AND e.aggregate_id = i.id ORDER BY e.sequence DESC LIMIT 1), 0))
         FROM unnest(item_type, item_id, item_expected) AS i (kind, id, expected))
    AND NOT EXISTS (SELECT 1 FROM unnest(guard_type, guard_id, guard_version) AS g (kind, id, version)
         WHERE g.version <> coalesce((SELECT e.sequence FROM events e
             WHERE e.aggregate_type = g.kind AND e.aggregate_id = g.id ORDER BY e.sequence DESC LIMIT 1), 0)
           OR (g.kind, g.id) IN (SELECT i.kind, i.id FROM unnest(item_type, item_id) AS i (kind, id)))
    AND (SELECT count(*) = count(DISTINCT (k.user_id, k.key)) FROM unnest(key_user, key_key) AS k (user_id, key))
    AND NOT EXISTS (SELECT 1 FROM unnest(key_user, key_key) AS k (user_id, key)
         JOIN keys_used u ON u.user_id = k.user_id AND u.key = k.key)
  THEN
    INSERT INTO events
    SELECT head + e.n, i.kind, i.id, i.expected + e.n - i.skipped, e.event_type, e.event_version, e.payload::json,
           e.metadata::json, now_ms, e.subject, e.event_id, e.hash
    FROM unnest(event_type, event_version, event_payload, event_metadata, event_subject, event_id, event_hash)
      WITH ORDINALITY AS e (event_type, event_version, payload, metadata, subject, event_id, hash, n)
    JOIN (SELECT i.kind, i.id, i.expected, i.events, sum(i.events) OVER (ORDER BY i.n) - i.events AS skipped
          FROM unnest(item_type, item_id, item_expected, item_events) WITH ORDINALITY AS i (kind, id, expected, events, n)) i
      ON e.n > i.skipped AND e.n <= i.skipped + i.events;
    INSERT INTO keys_used
    SELECT * FROM unnest(key_user, key_key, key_request, key_type, key_id, key_sequence, key_status, key_changed);
    count := coalesce(array_length(event_type, 1), 0);
    IF count > 0 THEN PERFORM pg_notify('chat_events', (head + count)::text); END IF;
    RETURN QUERY
    SELECT CASE WHEN i.events = 0 THEN head + i.skipped ELSE head + i.skipped + 1 END, now_ms,
           NULL::text, NULL::text, NULL::text, NULL::bytea
    FROM (SELECT i.n, i.events, (sum(i.events) OVER (ORDER BY i.n) - i.events)::bigint AS skipped
          FROM unnest(item_events) WITH ORDINALITY AS i (events, n)) i
    ORDER BY i.n;
    RETURN;
  END IF;

  FOR i IN 1..items LOOP
    first_position := NULL; at := now_ms; conflict := NULL; first := NULL; second := NULL; digest := NULL;
    count := item_events[i];
    -- A used key comes first: who sends twice shall get the first answer, not a conflict with it.
    SELECT k.user_id, k.key INTO found_one FROM unnest(key_item, key_user, key_key) AS k (item, user_id, key)
      JOIN keys_used u ON u.user_id = k.user_id AND u.key = k.key WHERE k.item = i LIMIT 1;
    IF FOUND THEN
      conflict := 'key'; first := found_one.user_id::text; digest := found_one.key;
    ELSIF item_type[i] IS NOT NULL AND item_expected[i] <> coalesce((SELECT e.sequence FROM events e
        WHERE e.aggregate_type = item_type[i] AND e.aggregate_id = item_id[i] ORDER BY e.sequence DESC LIMIT 1), 0) THEN
      conflict := 'version';
    ELSE
      SELECT g.kind, g.id INTO found_one FROM unnest(guard_item, guard_type, guard_id, guard_version) AS g (item, kind, id, version)
        WHERE g.item = i AND g.version <> coalesce((SELECT e.sequence FROM events e
          WHERE e.aggregate_type = g.kind AND e.aggregate_id = g.id ORDER BY e.sequence DESC LIMIT 1), 0) LIMIT 1;
      IF FOUND THEN
        conflict := 'guard'; first := found_one.kind; second := found_one.id;
      ELSE
        SELECT c.kind, c.digest INTO found_one FROM unnest(claim_item, claim_kind, claim_digest, claim_owner) AS c (item, kind, digest, owner)
          JOIN claims held ON held.kind = c.kind AND held.digest = c.digest AND held.owner <> c.owner WHERE c.item = i LIMIT 1;
        IF FOUND THEN conflict := 'claim'; first := found_one.kind; digest := found_one.digest; END IF;
      END IF;
    END IF;
    IF conflict IS NULL THEN
      first_position := head + CASE WHEN count > 0 THEN 1 ELSE 0 END;
      INSERT INTO keys_used
      SELECT k.user_id, k.key, k.request, k.kind, k.id, k.sequence, k.status, k.changed
      FROM unnest(key_item, key_user, key_key, key_request, key_type, key_id, key_sequence, key_status, key_changed)
        AS k (item, user_id, key, request, kind, id, sequence, status, changed) WHERE k.item = i;
      IF count > 0 THEN
        INSERT INTO events
        SELECT head + e.n, item_type[i], item_id[i], item_expected[i] + e.n, e.event_type, e.event_version, e.payload::json,
               e.metadata::json, now_ms, e.subject, e.event_id, e.hash
        FROM unnest(event_type[before + 1 : before + count], event_version[before + 1 : before + count],
            event_payload[before + 1 : before + count], event_metadata[before + 1 : before + count],
            event_subject[before + 1 : before + count], event_id[before + 1 : before + count],
            event_hash[before + 1 : before + count])
          WITH ORDINALITY AS e (event_type, event_version, payload, metadata, subject, event_id, hash, n);
        INSERT INTO claims AS c
        SELECT c.kind, c.digest, c.owner FROM unnest(claim_item, claim_kind, claim_digest, claim_owner) AS c (item, kind, digest, owner)
          WHERE c.item = i
        ON CONFLICT (kind, owner) DO UPDATE SET digest = excluded.digest;
        INSERT INTO credentials AS c
        SELECT c.user_id, c.hash FROM unnest(credential_item, credential_user, credential_hash) AS c (item, user_id, hash)
          WHERE c.item = i
        ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash;
        head := head + count;
      END IF;
    END IF;
    before := before + count;
    RETURN NEXT;
  END LOOP;
  IF head > 0 THEN PERFORM pg_notify('chat_events', head::text); END IF;
END $$;
