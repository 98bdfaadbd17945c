"""The clerk's desk: the window's queue, its cases, and what is done with them."""
