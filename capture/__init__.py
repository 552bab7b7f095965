"""Where captures and sources come from: files, directories, standard input."""
