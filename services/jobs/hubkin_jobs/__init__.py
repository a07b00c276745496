"""Jobs: specs, attempts, replicas, dispatcher, backends, logs and metrics."""
