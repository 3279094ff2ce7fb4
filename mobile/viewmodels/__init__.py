"""What each screen knows and what its taps do. No Kivy, no sentences, no colours: keys, numbers and flags."""
