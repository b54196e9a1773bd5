"""What the app adds to a site, and how it is taken away again."""
