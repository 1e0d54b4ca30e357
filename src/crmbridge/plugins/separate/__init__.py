"""Plugins in processes of their own: what hangs, crashes or eats memory there is ended, and the run goes on.

``parent`` starts and ends the processes, ``child`` is what runs in them, ``protocol`` what the two say to each other,
``answers`` how results of hooks are written down, and ``joining`` makes of such a process a plugin like any other.
"""
