"""Ways by which notices leave the platform."""
