"""Pass a conversation to a person and back: the queue, office hours, the transcript."""
