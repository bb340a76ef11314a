"""Pure builders: frozen rows and a translator in, Dash components out. No session, no request, no clock."""
