"""What one can ask of the jobs package: submit, plan, read, control, and what agents send."""
