"""Tools that build the documentation: hooks of the site, and pages generated from the program."""
