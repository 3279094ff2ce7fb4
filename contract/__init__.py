"""What phone and server have agreed on: shapes, limits, places, moments, seals, refusals. No I/O, no clock."""
