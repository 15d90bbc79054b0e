"""Learning from what went badly: a case, the request to a teacher, and the drafts that come of it."""
