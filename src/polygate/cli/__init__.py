"""The command line. Each command's parts are imported when it runs, so that `--help` and `--version` are instant."""
