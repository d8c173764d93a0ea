"""One module a family of golden files; each has generate()."""
