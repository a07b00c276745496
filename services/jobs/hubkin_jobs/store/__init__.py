"""Every query of the jobs package, each with a name, one module a subject."""
