"""What happens here when ERPNext's own documents change: one file for each doctype."""
