"""Finding personal data and secrets in a text, and hiding them behind placeholders that stay on this machine."""
