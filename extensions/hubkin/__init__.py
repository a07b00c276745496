"""Client of a Hubkin platform: submit jobs, watch them, get their results."""
