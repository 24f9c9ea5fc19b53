"""Request Tracker 5: tickets."""
