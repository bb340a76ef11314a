"""From a committed change to the screens that show it: events, the bus between processes, the hub of open sockets."""
