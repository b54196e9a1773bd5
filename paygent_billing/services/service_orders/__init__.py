"""Sales Orders for those who deliver the service: one for each service period, billed by the order itself."""
