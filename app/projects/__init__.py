"""Joint work: construction projects; meetings, fees and the handing over of many departments."""
