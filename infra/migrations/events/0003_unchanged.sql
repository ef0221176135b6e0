-- A key of a command that found nothing to change is kept too: sent again later it must not find something.
ALTER TABLE keys_used ADD COLUMN changed INTEGER NOT NULL DEFAULT 1;   -- 0: sequence is where the stream stood
