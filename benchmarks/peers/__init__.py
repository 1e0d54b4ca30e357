"""The programs that are compared, each in an environment of its own; one module a peer is what runs there."""
