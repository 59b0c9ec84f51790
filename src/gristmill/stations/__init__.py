"""Stations: one word of the data's way each, walking records through the parts."""
