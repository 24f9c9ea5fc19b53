"""What business systems tell by themselves."""
