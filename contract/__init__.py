"""What the devices and the server have agreed on: wire shapes, limits, chain and seal, time, places, words. No I/O, no clock."""
