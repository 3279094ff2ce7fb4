"""Programs for those who work on Outpost: system parts, test runs, the lock, benches and screenshots."""
