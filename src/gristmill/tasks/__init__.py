"""Tasks: what the model should learn, in one file each."""
