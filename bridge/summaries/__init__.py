"""What a finished conversation leaves in the CRM: a short note by rules, without a word of what people wrote."""
