"""What was received: the list of all, one of them, photos and the map."""
