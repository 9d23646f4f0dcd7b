"""What has no domain words."""
