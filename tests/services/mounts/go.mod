module mounts

go 1.23
