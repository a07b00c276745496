"""`hubkin up` and its kin: the whole platform on one machine, as processes of one Unix user."""
