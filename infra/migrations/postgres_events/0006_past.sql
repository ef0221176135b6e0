-- Which room a number of the system before this one leads to. A pair has one room here, and may have had several.
CREATE TABLE older_rooms (
  number  bigint PRIMARY KEY,
  room    uuid   NOT NULL
);

-- When what is appended now is recorded: now, or when an import says that it happened.
CREATE FUNCTION append_time() RETURNS bigint LANGUAGE sql VOLATILE AS $$
  SELECT coalesce(nullif(current_setting('chat.recorded_at', true), '')::bigint,
                  (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
$$;

-- The function that appends is as it was but for this.
DO $$
DECLARE
  was   text := pg_get_functiondef('append_events'::regproc);
  clock text := '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';
BEGIN
  IF position(clock IN was) = 0 THEN RAISE EXCEPTION 'append_events does not look at the clock as it did'; END IF;
  EXECUTE replace(was, clock, 'append_time()');
END $$;
