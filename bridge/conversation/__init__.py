"""What a conversation leaves in the database: its log, the message in flight, drafts, watches, wrong guesses."""
