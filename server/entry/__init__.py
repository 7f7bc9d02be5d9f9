"""Forms filled in in the browser, by a form engine: tried out before they are published, and in place of a phone."""
