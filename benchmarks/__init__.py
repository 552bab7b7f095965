"""What goscope costs beside the Go tools, in the same run on the same machine."""
