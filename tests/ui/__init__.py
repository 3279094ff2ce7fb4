"""The faces, driven by touches: without a window (most), and once on a real one."""
