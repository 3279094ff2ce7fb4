"""View-models without a window: taps in, states out."""
