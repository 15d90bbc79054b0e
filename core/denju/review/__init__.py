"""What is looked at before a strategy may serve, and the verdicts of people."""
