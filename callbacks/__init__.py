"""Every way in: Dash callbacks, plain routes, the socket, the commands. Each parses, opens a unit of work, asks access
for a capability, does or lists, and builds the answer; nothing more."""
