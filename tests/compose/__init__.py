"""The compose file, brought up for real: needs a Docker engine and the images of `make images`."""
