"""denju's terminal: everything a person types or looks at."""
