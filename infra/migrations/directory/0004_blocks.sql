-- Few have blocked anybody: whom a search must not find is looked up among them, not among all friendships.
CREATE INDEX friendship_sides_blocking ON friendship_sides (user_id, other_id) WHERE blocks;
