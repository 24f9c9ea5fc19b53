"""Stand between the use cases and every system: time limits, retries, a breaker, a cache, an audit, metrics."""
