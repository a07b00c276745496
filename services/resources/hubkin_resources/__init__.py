"""What there is: backends, accelerators, nodes, pools, profiles, quotas and their counters."""
