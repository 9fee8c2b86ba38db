"""The verbs: gather what is needed, let the core decide, apply the decision. One file each."""
