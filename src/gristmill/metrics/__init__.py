"""metrics: how good answers are. One file each, found by its name."""
