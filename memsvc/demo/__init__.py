"""The main job, visibly: a sample conversation of our own is written, asked and explained."""
