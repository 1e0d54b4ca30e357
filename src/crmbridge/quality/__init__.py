"""How good a plugin is: samples to ask it with, probes that watch it, and the scale it is held to."""
