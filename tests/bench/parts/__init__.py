"""The parts of the bench: each is a coroutine-free function that takes a `Ground`."""
