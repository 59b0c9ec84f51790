"""Harvesters: question-answer pairs that people already wrote."""
