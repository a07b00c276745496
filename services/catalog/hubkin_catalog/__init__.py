"""Versioned assets: datasets, code, models and images; blobs and lineage."""
