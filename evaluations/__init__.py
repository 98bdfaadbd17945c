"""The rating hub (好差评): devices that collect ratings, the ratings themselves, and the scores."""
