-- Sealing what came since the last seal, in pieces of at most 1,000 positions, at most so many; gives how many it sealed. One process
-- at a time: for another there is nothing to do. A seal is the SHA-256 over the seal before it (32 zeros before the first), and over
-- each position (8 bytes, the highest first) and its event's hash, in order.
CREATE FUNCTION seal_events(most integer, OUT written integer)
LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off
AS $$
DECLARE
  sealed   bigint;                                             -- up to here
  previous bytea;
  head     bigint;
  next     bigint;
  found    bigint;
BEGIN
  written := 0;
  IF NOT pg_try_advisory_xact_lock(5491002) THEN RETURN; END IF;
  SELECT s.up_to, s.hash INTO sealed, previous FROM seals s ORDER BY s.up_to DESC LIMIT 1;
  sealed := coalesce(sealed, 0);
  previous := coalesce(previous, decode(repeat('00', 32), 'hex'));
  SELECT coalesce(max(e.position), 0) INTO head FROM events e;
  WHILE sealed < head AND written < most LOOP
    next := least(head, sealed + 1000);
    SELECT count(*), sha256(previous || string_agg(int8send(e.position) || e.hash, ''::bytea ORDER BY e.position))
      INTO found, previous FROM events e WHERE e.position > sealed AND e.position <= next;
    IF found <> next - sealed THEN
      -- What lies before the hole stays sealed; the next call has nothing else to do than to say so.
      EXIT WHEN written > 0;
      RAISE EXCEPTION 'the log has a hole between % and %', sealed, next;
    END IF;
    INSERT INTO seals (up_to, hash) VALUES (next, previous);
    sealed := next;
    written := written + 1;
  END LOOP;
END $$;
