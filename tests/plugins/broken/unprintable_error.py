class Unprintable(Exception):
    def __str__(self):
        raise ValueError("not even that")


raise Unprintable
