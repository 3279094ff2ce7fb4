"""Sentences about the product, each of which can turn out false."""
