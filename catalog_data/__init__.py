"""Documents in, records out: catalogs, disclosures, their findings and the store that keeps them."""
