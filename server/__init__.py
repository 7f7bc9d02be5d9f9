"""Receives from phones, keeps submissions, people and places, and serves forms, media and lists."""
