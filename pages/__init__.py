"""One file, one URL: `register_page` with its permission, and a `layout` that reads and composes."""
