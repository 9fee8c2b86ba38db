"""Why a message is not accepted: one module for each API, each working with that API's own codecs."""
