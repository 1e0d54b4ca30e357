"""Benchmarks: how fast, how whole and how small a sync is. Run them with ``python -m benchmarks.NAME``.

What a peer's own environment imports (``job``, ``peers``) needs nothing but the standard library.
"""
