"""The catalogue: service items and bundles (一件事), their versions, guides, forms, materials."""
