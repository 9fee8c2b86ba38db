"""What bodies hold, as data: one reader and one JSON Schema writer serve every protocol that declares its bodies."""
