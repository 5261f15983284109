"""From display text to measured speech and captions. Knows words and times, nothing of pictures."""
