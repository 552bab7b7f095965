module epro

go 1.22
