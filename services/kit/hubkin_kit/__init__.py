"""What every service stands on: errors, ids, money, time, database, journal, leases, web base, languages."""
