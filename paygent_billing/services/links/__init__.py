"""Links under which a customer sees an invoice without signing in."""
