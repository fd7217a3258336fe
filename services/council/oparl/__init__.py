"""The council in the shapes of OParl 1.1, for programs that read council information systems. Read only."""
