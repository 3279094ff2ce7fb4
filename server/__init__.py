"""The server: a kernel, then the areas of the product, each with the same file names."""
