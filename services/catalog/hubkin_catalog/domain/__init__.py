"""Pure rules about versioned files and their names."""
