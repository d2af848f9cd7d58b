"""What makes the documentation: the site's parts that are no Markdown files, and the pages made from the program."""
