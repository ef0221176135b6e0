-- The keys of personal data: a database of its own, with backups of its own, kept at most 30 days.
CREATE DATABASE chat_keys OWNER chat;
