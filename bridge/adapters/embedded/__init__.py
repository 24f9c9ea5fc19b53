"""The embedded business backend: shop, helpdesk and CRM in our own database; the default and the reference."""
