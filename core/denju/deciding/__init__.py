"""What the figures of a library say to those who decide about it."""
