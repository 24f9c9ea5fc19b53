"""SQLAlchemy tables, the engine, and the Alembic migrations: the only place that knows the database's shape."""
