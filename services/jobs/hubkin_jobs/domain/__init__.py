"""Values, rules and decisions about jobs: pure functions of rows."""
