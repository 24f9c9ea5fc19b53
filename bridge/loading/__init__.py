"""Files become rows: read in a stream, checked one by one, written all or none."""
