"""The only makers of capabilities: ids come in, what the actor may do with them comes out.

Whatever an actor may not know of raises the same `NotFound` as what does not exist, by the same path."""
