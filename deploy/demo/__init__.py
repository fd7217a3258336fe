"""One year of Thái Bình's movement, played through the running services. Scores are invented: "số liệu minh họa"."""
