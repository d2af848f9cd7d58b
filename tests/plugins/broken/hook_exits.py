import sys

import artgan


@artgan.hookimpl
def artgan_datasets():
    sys.exit("no data for you")
