"""The evaluator (评价器) as a page: any tablet's browser becomes the second face of a window."""
