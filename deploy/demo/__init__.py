"""One year of Thái Bình's movement, played through the running services. Scores are invented: "số liệu minh họa"."""

SEED = 2030
"""The default seed. In its year every award has candidates or units that wait for the council."""
