"""Cleaners: what is mended in documents and ready-made rows before anything else sees them."""
