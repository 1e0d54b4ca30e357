"""The parts of a plan, and how they become one."""
