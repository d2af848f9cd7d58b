import sys

import artgan

print("hello from the plugin")
sys.stdout = None


@artgan.hookimpl
def artgan_models():
    print("hello again")
    yield artgan.ModelSpec("talker", "Works", "somewhere:Model")
