"""Material of the practice student: its acts, its generator, its material."""
