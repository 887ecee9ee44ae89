"""Questions about units: the organisation chart, lineage, differences, balances, reorganisations."""
