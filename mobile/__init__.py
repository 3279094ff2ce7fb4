"""The phone and the tablet: a core without a screen, view-models, and two thin Kivy faces."""
