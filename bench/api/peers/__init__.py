"""Small functions with two routes, as their frameworks' guides write them: a scale for ours."""
