"""What the commands do, one module per subject; each is imported only when its command is called."""
