module dataclean

go 1.22
