"""The same work in other houses, each written as its own guide recommends."""
