"""Facts about the second engine, the counting and the explanations."""
