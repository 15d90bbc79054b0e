"""All that leaves this machine: what waits for a yes, what it may cost, what was sent, and the one way out."""
