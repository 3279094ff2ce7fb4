"""Sentences about the product, each of which can turn out false."""

import os
import sys

# What is compiled is kept, also where a shell says otherwise: else every worker, and each of the hundred servers that tests
# start, compiles the whole tree anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
