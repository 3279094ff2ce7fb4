"""One pair of files a screen: Python that turns state into words, kv that lays them out and forwards taps."""
