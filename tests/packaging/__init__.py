"""What can be held of the Android package without an SDK, an NDK or a network."""
