"""The world behind the core's ports: Android, a desktop, and a scripted one for tests."""
