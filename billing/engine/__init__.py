"""The money half of the engine: set-based steps, one SQL file each."""
