raise RuntimeError("made for another\n torch")
