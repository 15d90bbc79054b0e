"""The few styles that texts are drawn with; each but MUTED shows without colour too."""

MUTED = "$ink-muted"
TITLE = "bold"
HEADING = "bold $ink-heading"
MARKED = "bold underline $ink-mark"
WARNING = "bold $ink-warning"
METER = "reverse $ink-mark"
