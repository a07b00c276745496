"""Object stores: one file per foreign world."""
