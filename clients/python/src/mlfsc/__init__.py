"""Client of an mlfsc inspection server."""
