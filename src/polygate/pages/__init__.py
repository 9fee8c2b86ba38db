"""What all our pages share: files that browsers may keep, codes to scan, and forms from our own pages only."""
