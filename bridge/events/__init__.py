"""What has to happen later: the outbox, its handlers, and the relay that drains it."""
