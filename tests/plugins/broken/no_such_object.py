"""Its entry point names an object that isn't here."""
