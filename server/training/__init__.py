"""What stores ask of people: packs, assignments, tasks, the board, the gate."""
