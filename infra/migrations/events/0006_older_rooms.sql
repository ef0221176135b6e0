-- Which room a number of the system before this one leads to. A pair has one room here, and may have had several.
CREATE TABLE older_rooms (
  number  INTEGER PRIMARY KEY,
  room    BLOB    NOT NULL
) STRICT;
