"""What breaks, and what must hold all the same. `make test` runs the shortest form of each, `make faults` the full."""
