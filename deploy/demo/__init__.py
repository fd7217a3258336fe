"""One year of Thái Bình's movement, played through the running services. Scores are invented: "số liệu minh họa"."""

SEED = 2030
"""The usual seed: its year shows every award with candidates and with some left for the council."""
