module dense

go 1.22
