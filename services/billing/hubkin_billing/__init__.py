"""Money: tariffs, accounts, ledger, holds, grants of credit, usage records, statements."""
