"""What a customer may see without the desk."""
