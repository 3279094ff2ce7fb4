"""The faces: plain Kivy, a widget kit of our own, thin screens. No rules of the trade live here."""
