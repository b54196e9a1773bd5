"""What the product does: load documents, let core decide, save documents."""
