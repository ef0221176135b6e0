-- Which generation of which read model is live. One row a generation that has a file.
CREATE TABLE IF NOT EXISTS generations (
  model   TEXT    NOT NULL,
  number  INTEGER NOT NULL,
  state   TEXT    NOT NULL,   -- live, building, retired
  since   INTEGER NOT NULL,   -- milliseconds since 1970, UTC
  maker   TEXT    NOT NULL,   -- the release and the run of the machine that began it
  PRIMARY KEY (model, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS one_live ON generations (model) WHERE state = 'live';
