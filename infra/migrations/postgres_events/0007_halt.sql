-- Why nothing is appended any more, by any process: whoever relays or folds the log can not rely on it. Until `bigtech-chat adopt`.
CREATE TABLE halt (
  id     smallint    PRIMARY KEY CHECK (id = 1),
  why    text        NOT NULL,
  since  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The function that appends is as it was but for this: it looks under its lock.
DO $$
DECLARE
  was  text := pg_get_functiondef('append_events'::regproc);
  lock text := 'PERFORM pg_advisory_xact_lock(5491001);';
  look text := '
  IF EXISTS (SELECT FROM halt) THEN
    RAISE EXCEPTION USING ERRCODE = ''CH001'', MESSAGE = (SELECT h.why FROM halt h);
  END IF;';
BEGIN
  IF position(lock IN was) = 0 THEN RAISE EXCEPTION 'append_events does not take its lock as it did'; END IF;
  EXECUTE replace(was, lock, lock || look);
END $$;
