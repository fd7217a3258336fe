"""One year of a province's movement, played through the running services. Scores are invented: "số liệu minh họa"."""

PROVINCE = "thai-binh"
"""The folder under ``shared/plans`` whose plans and units the demo plays."""

SEED = 2030
"""The default seed. In its year every award has candidates or units that wait for the council."""
