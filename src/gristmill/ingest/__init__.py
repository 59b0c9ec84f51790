"""Readers: one kind of file each, to documents."""
