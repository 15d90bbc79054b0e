"""Strategies on disk: TinyDB on a durable storage, revisions, export and import.

Nothing is imported here, so that what needs only the lock does not load TinyDB.
"""
