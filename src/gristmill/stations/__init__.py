"""Stations: one word of the data's way each; they walk records through the parts."""
