mlp=1
