"""`python -m bench`: how fast the product is on this machine, beside bare flask-sock. See docs/BENCHMARKS.md."""
