"""The teacher: a large model behind an API, asked for strategies; what it answers is checked here."""
