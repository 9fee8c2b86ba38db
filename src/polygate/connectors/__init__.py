"""Back doors: translators between the core and acquirers. A plug decides words, never does I/O."""
