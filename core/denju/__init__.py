"""denju: a large model's know-how, carried on a small machine."""

__version__ = "0.1.0"
