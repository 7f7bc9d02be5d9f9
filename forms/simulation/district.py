"""What the phones of simulated villages send; the door to this package."""
