"""Front doors: one folder for each merchant-facing API, strangers to each other."""
