ALTER TABLE users ADD COLUMN image TEXT;   -- the name of their profile image; NULL when they have none, and when erased
