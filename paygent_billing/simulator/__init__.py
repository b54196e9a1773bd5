"""The engine on embedded SQLite: scenarios become invoices without any ERP."""
