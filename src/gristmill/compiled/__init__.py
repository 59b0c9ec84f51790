"""Loops over the bytes of columns, compiled at first use and kept compiled; reached through `lazy`."""
