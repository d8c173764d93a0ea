"""Tables of layer configurations."""
