"""Chunkers: documents to passages that rebuild them."""
