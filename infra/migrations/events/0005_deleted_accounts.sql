-- With the event that ends an account, whatever it has besides ends too: in the same transaction, whoever appends it. E-mail and
-- username are free again; its sessions are kept, without a word of their clients, for as long as their access tokens live.
CREATE TRIGGER account_deleted AFTER INSERT ON events WHEN NEW.event_type = 'AccountDeleted'
BEGIN
  DELETE FROM claims WHERE kind IN ('email', 'username') AND owner = NEW.subject;
  DELETE FROM credentials WHERE user_id = NEW.subject;
  UPDATE sessions SET ended_at = coalesce(ended_at, NEW.recorded_at), user_agent = NULL WHERE user_id = NEW.subject;
END;
CREATE INDEX events_deleted_accounts ON events (position) WHERE event_type = 'AccountDeleted';
