"""Checks: what is found about examples; policy lives in the recipe."""
