"""Teachers: who answers prompts."""
