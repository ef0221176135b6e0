-- With the event that ends an account, whatever it has besides ends too: in the same transaction, whoever appends it. E-mail and
-- username are free again; its sessions are kept, without a word of their clients, for as long as their access tokens live.
CREATE FUNCTION end_account() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  ended uuid;
BEGIN
  DELETE FROM claims WHERE kind IN ('email', 'username') AND owner = NEW.subject;
  DELETE FROM credentials WHERE user_id = NEW.subject;
  FOR ended IN
    UPDATE sessions SET ended_at = coalesce(ended_at, NEW.recorded_at), user_agent = NULL WHERE user_id = NEW.subject RETURNING id
  LOOP
    PERFORM pg_notify('chat_sessions', ended::text);
  END LOOP;
  RETURN NULL;
END $$;
-- At the end of the transaction: whatever else the same batch brings for the account (a password that was changed just before) ends too.
CREATE CONSTRAINT TRIGGER account_deleted AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.event_type = 'AccountDeleted') EXECUTE FUNCTION end_account();
CREATE INDEX events_deleted_accounts ON events (position) WHERE event_type = 'AccountDeleted';
