"""WooCommerce by its REST API v3; README.md says what to click and what is not verified."""
