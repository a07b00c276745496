"""Who: users, groups, memberships with roles, entitlements, preferences."""
