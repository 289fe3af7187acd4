"""How large nodes are and where their ports are; what canvas, panels and verbs agree on."""
