-- Appending a batch of items, a whole transaction apart from any client: whoever calls this holds the lock only while it runs.
--
-- Streams stand once in `stream_type` and `stream_id`, and are named by their number there (0: none); everything else names its
-- item by number. What belongs to items comes in the order of the items. Each item is checked against the store and the items before
-- it; a conflict fails only its own item. `key_same` gives to each key the number of the first that is the same.
--
-- Gives the head of the log before the batch, when it was recorded, and the items that failed: 1 a key that was used, 2 the stream's
-- version, 3 a guard, 4 a claim of another; `culprits` numbers the key, the guarded stream or the claim. What did not fail stands
-- behind the head in its order.
CREATE FUNCTION append_events(
  stream_type text[], stream_id text[],
  item_stream integer[], item_expected bigint[], item_events integer[],
  event_item integer[], event_nth integer[], event_type text[], event_version text[], event_payload text[],
  event_metadata text[], event_subject uuid[], event_id uuid[], event_hash bytea[],
  guard_item integer[], guard_stream integer[], guard_version bigint[],
  claim_item integer[], claim_kind text[], claim_digest bytea[], claim_owner uuid[],
  credential_item integer[], credential_user uuid[], credential_hash text[],
  key_item integer[], key_same integer[], key_user uuid[], key_key bytea[], key_request bytea[],
  key_stream integer[], key_sequence bigint[], key_status smallint[], key_changed boolean[],
  OUT head bigint, OUT recorded_at bigint, OUT failed integer[], OUT reasons integer[], OUT culprits integer[]
)
LANGUAGE plpgsql VOLATILE
-- Whatever the tables looked like when a plan was made, it goes through the indexes.
SET enable_seqscan = off
AS $$
#variable_conflict use_variable
DECLARE
  last_item  CONSTANT integer := cardinality(item_stream);
  last_guard CONSTANT integer := cardinality(guard_item);
  last_claim CONSTANT integer := cardinality(claim_item);
  last_key   CONSTANT integer := cardinality(key_item);
  versions   bigint[];                                             -- of the streams, after the items so far
  used       boolean[] := '{}';                                    -- of the keys
  base       bigint[] := array_fill(NULL::bigint, ARRAY[last_item]); -- the head before each item that is good
  reached    bigint;                                               -- the head after the items so far
  guard      integer := 1;                                         -- the first of this item, or behind those before it
  claim      integer := 1;
  key        integer := 1;
  reason     integer;
  culprit    integer;
BEGIN
  -- A statement of its own: those behind it see what the last holder committed.
  PERFORM pg_advisory_xact_lock(5491001);
  SELECT e.position, e.recorded_at INTO head, recorded_at FROM events e ORDER BY e.position DESC LIMIT 1;
  head := coalesce(head, 0);
  -- Time never goes back in the log.
  recorded_at := greatest(recorded_at, (extract(epoch FROM clock_timestamp()) * 1000)::bigint);
  versions := ARRAY(
    SELECT coalesce((SELECT e.sequence FROM events e WHERE e.aggregate_type = s.type AND e.aggregate_id = s.id
                     ORDER BY e.sequence DESC LIMIT 1), 0)
    FROM unnest(stream_type, stream_id) AS s (type, id));
  IF last_key > 0 THEN
    used := ARRAY(
      SELECT coalesce((SELECT true FROM keys_used u WHERE u.user_id = k.user_id AND u.key = k.key), false)
      FROM unnest(key_user, key_key) AS k (user_id, key));
  END IF;

  reached := head;
  FOR item IN 1 .. last_item LOOP
    reason := 0;
    -- A used key comes first: who sends twice shall get the first answer, not a conflict with it.
    WHILE key <= last_key AND key_item[key] = item LOOP
      IF reason = 0 AND used[key_same[key]] THEN reason := 1; culprit := key; END IF;
      key := key + 1;
    END LOOP;
    IF reason = 0 AND item_stream[item] > 0 AND versions[item_stream[item]] <> item_expected[item] THEN
      reason := 2; culprit := 0;
    END IF;
    WHILE guard <= last_guard AND guard_item[guard] = item LOOP
      IF reason = 0 AND versions[guard_stream[guard]] <> guard_version[guard] THEN reason := 3; culprit := guard_stream[guard]; END IF;
      guard := guard + 1;
    END LOOP;
    WHILE claim <= last_claim AND claim_item[claim] = item LOOP
      IF reason = 0 AND EXISTS (SELECT FROM claims c WHERE c.kind = claim_kind[claim] AND c.digest = claim_digest[claim]
          AND c.owner <> claim_owner[claim]) THEN
        reason := 4; culprit := claim;
      END IF;
      claim := claim + 1;
    END LOOP;
    IF reason > 0 THEN
      failed := failed || item; reasons := reasons || reason; culprits := culprits || culprit;
      CONTINUE;
    END IF;

    base[item] := reached;
    FOR before IN REVERSE key - 1 .. 1 LOOP
      EXIT WHEN key_item[before] <> item;
      used[key_same[before]] := true;
    END LOOP;
    IF item_events[item] > 0 THEN
      reached := reached + item_events[item];
      versions[item_stream[item]] := item_expected[item] + item_events[item];
      FOR before IN REVERSE claim - 1 .. 1 LOOP
        EXIT WHEN claim_item[before] <> item;
        -- The owner's earlier claim of the same kind is let go.
        INSERT INTO claims AS c (kind, digest, owner) VALUES (claim_kind[before], claim_digest[before], claim_owner[before])
        ON CONFLICT (kind, owner) DO UPDATE SET digest = excluded.digest WHERE c.digest <> excluded.digest;
      END LOOP;
    END IF;
  END LOOP;

  IF reached > head THEN
    INSERT INTO events (position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata,
                        recorded_at, subject, event_id, hash)
    SELECT base[e.item] + e.nth, stream_type[item_stream[e.item]], stream_id[item_stream[e.item]], item_expected[e.item] + e.nth,
           e.type, e.version, e.payload::json, e.metadata::json, recorded_at, e.subject, e.id, e.hash
    FROM unnest(event_item, event_nth, event_type, event_version, event_payload, event_metadata, event_subject, event_id, event_hash)
      AS e (item, nth, type, version, payload, metadata, subject, id, hash)
    WHERE base[e.item] IS NOT NULL;
    INSERT INTO credentials AS c (user_id, password_hash)
    SELECT DISTINCT ON (c.user_id) c.user_id, c.hash
    FROM unnest(credential_item, credential_user, credential_hash) WITH ORDINALITY AS c (item, user_id, hash, n)
    WHERE base[c.item] IS NOT NULL AND item_events[c.item] > 0
    ORDER BY c.user_id, c.n DESC
    ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash;
    PERFORM pg_notify('chat_events', reached::text);
  END IF;
  IF last_key > 0 THEN
    INSERT INTO keys_used (user_id, key, request, aggregate_type, aggregate_id, sequence, status, changed)
    SELECT k.user_id, k.key, k.request, stream_type[k.stream], stream_id[k.stream], k.sequence, k.status, k.changed
    FROM unnest(key_item, key_user, key_key, key_request, key_stream, key_sequence, key_status, key_changed)
      AS k (item, user_id, key, request, stream, sequence, status, changed)
    WHERE base[k.item] IS NOT NULL;
  END IF;
END $$;
