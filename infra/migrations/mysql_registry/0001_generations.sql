-- Which generation of the read model is live. Each is a database beside this one.
CREATE TABLE generations (
  number  BIGINT       NOT NULL PRIMARY KEY,
  state   VARCHAR(16)  NOT NULL,             -- building, live, retired
  since   BIGINT       NOT NULL,
  maker   VARCHAR(190) NOT NULL              -- the release that began it
);
-- Which event store it is made of.
CREATE TABLE identity (
  name   VARCHAR(64)  NOT NULL PRIMARY KEY,
  value  VARCHAR(190) NOT NULL
);
