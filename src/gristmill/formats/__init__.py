"""Formats: one layout of training files each, both ways."""
