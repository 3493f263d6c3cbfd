module twofold/peers

go 1.19
