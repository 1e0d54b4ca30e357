"""Assembles buying centers from the mirror and has the plugins judge them."""
