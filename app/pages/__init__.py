"""The ground of all pages: layout, components, forms, errors, files for the browser."""
