"""Scanners: what is dangerous about a file, told from its bytes alone; one file each."""
