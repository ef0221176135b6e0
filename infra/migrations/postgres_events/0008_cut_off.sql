-- Processes that do not reach Redis, where what everybody wrote last is noted: who reads does not go by those notes alone meanwhile.
CREATE TABLE cut_off (
  process  uuid        PRIMARY KEY,
  until    timestamptz NOT NULL
);
