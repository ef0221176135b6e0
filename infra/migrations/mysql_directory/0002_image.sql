-- The name of their profile image; NULL when they have none, and when erased.
ALTER TABLE users ADD COLUMN image VARCHAR(100);
